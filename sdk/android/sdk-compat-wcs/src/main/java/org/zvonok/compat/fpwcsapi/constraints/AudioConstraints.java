package org.zvonok.compat.fpwcsapi.constraints;

import org.webrtc.MediaConstraints;

/** What is asked of the microphone's sound. */
public class AudioConstraints {
    private final MediaConstraints mediaConstraints = new MediaConstraints();

    /** Nothing special is asked for. */
    public AudioConstraints() {
    }

    /**
     * libwebrtc's own constraints, to be filled: {@code googEchoCancellation}, {@code
     * googAutoGainControl}, {@code googNoiseSuppression}, {@code googHighpassFilter}. It passes
     * over names that it does not know.
     *
     * @return never null, always the same object
     */
    public MediaConstraints getMediaConstraints() {
        return mediaConstraints;
    }
}
