package org.zvonok.sdk.spi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a call needs of a media engine. */
public final class MediaRequest {
    /** The call has sound; always true today. */
    public final boolean audio;

    /** The call is offered with a picture. For the answer it is said again, when it is known. */
    public final boolean video;

    /** STUN and TURN servers to use; may be empty. */
    public final List<IceServer> iceServers;

    /** The engine's own options, as the app has given them; may be null. */
    public final MediaOptions options;

    /** So many milliseconds candidates may be gathered for a description. */
    public final int gatheringMillis;

    /**
     * A request.
     *
     * @param audio with sound
     * @param video with a picture
     * @param iceServers may be empty
     * @param options may be null
     * @param gatheringMillis the longest gathering of candidates
     */
    public MediaRequest(boolean audio, boolean video, List<IceServer> iceServers,
            MediaOptions options, int gatheringMillis) {
        this.audio = audio;
        this.video = video;
        this.iceServers = Collections.unmodifiableList(new ArrayList<>(iceServers));
        this.options = options;
        this.gatheringMillis = gatheringMillis;
    }
}
