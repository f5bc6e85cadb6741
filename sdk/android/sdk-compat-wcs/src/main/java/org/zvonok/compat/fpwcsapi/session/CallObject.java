package org.zvonok.compat.fpwcsapi.session;

/** What an incoming call is answered with. */
public final class CallObject {
    private volatile boolean hasVideo;

    CallObject() {
    }

    /**
     * Whether the call is answered with a picture. It is so, too, when the constraints of its
     * {@linkplain Call#getCallOptions() options} ask for one.
     *
     * @param hasVideo true: with a picture
     */
    public void setHasVideo(boolean hasVideo) {
        this.hasVideo = hasVideo;
    }

    boolean hasVideo() {
        return hasVideo;
    }
}
