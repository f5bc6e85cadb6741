package org.zvonok.compat.fpwcsapi.constraints;

/** Which media a call is made with. */
public class Constraints {
    private final AudioConstraints audioConstraints;
    private VideoConstraints videoConstraints;
    private boolean audio;

    /**
     * Sound and picture, or one of them.
     *
     * @param audio false: the call begins with the microphone muted
     * @param video true: with a picture
     */
    public Constraints(boolean audio, boolean video) {
        this(null, video ? new VideoConstraints() : null);
        this.audio = audio;
    }

    /**
     * Sound and picture, or one of them.
     *
     * @param audioConstraints null: the call begins with the microphone muted
     * @param videoConstraints null: without a picture
     */
    public Constraints(AudioConstraints audioConstraints, VideoConstraints videoConstraints) {
        this.audio = audioConstraints != null;
        this.audioConstraints = audio ? audioConstraints : new AudioConstraints();
        this.videoConstraints = videoConstraints;
    }

    /**
     * What is asked of the microphone's sound.
     *
     * @return never null, always the same object
     */
    public AudioConstraints getAudioConstraints() {
        return audioConstraints;
    }

    /**
     * What is asked of the picture.
     *
     * @return null: no picture
     */
    public VideoConstraints getVideoConstraints() {
        return videoConstraints;
    }

    /**
     * Asks for a picture.
     *
     * @param videoConstraints null: no picture
     */
    public void setVideoConstraints(VideoConstraints videoConstraints) {
        this.videoConstraints = videoConstraints;
    }

    /**
     * Asks for sound, or for none of one's own: every call has sound, so the microphone is muted
     * then.
     *
     * @param audio false: the call begins with the microphone muted
     */
    public void updateAudio(boolean audio) {
        this.audio = audio;
    }

    /**
     * Asks for a picture, or for none.
     *
     * @param video true: with a picture
     */
    public void updateVideo(boolean video) {
        if (!video) {
            videoConstraints = null;
        } else if (videoConstraints == null) {
            videoConstraints = new VideoConstraints();
        }
    }

    /**
     * Whether the call begins with the microphone on.
     *
     * @return false: muted
     */
    public boolean hasAudio() {
        return audio;
    }

    /**
     * Whether a picture is asked for.
     *
     * @return true: with a picture
     */
    public boolean hasVideo() {
        return videoConstraints != null;
    }
}
