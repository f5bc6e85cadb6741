package org.zvonok.compat.fpwcsapi.constraints;

/** That a picture is wanted; its size and rate are the media engine's choice. */
public class VideoConstraints {
    /** A picture. */
    public VideoConstraints() {
    }
}
