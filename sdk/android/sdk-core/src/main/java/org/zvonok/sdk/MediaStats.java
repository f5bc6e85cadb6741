package org.zvonok.sdk;

/**
 * What the media engine measures of a call, at one moment. Immutable. A number that is not known is
 * 0 where it counts and NaN where it measures; a text is empty.
 */
public final class MediaStats {
    /** Packets of sound that have come in. */
    public final long packetsReceived;
    /** Packets of sound that were lost on the way here. */
    public final long packetsLost;
    /** Packets of sound that went out. */
    public final long packetsSent;
    /** Bytes of sound that have come in. */
    public final long bytesReceived;
    /** Bytes of sound that went out. */
    public final long bytesSent;
    /** Jitter of the sound that comes in, in milliseconds. */
    public final double jitterMillis;
    /** Round trip to the gateway, in milliseconds. */
    public final double rttMillis;
    /** How loud the far end is, from 0 to 1. */
    public final double audioLevel;
    /** Codec of the sound, such as {@code opus}. */
    public final String audioCodec;
    /** Codec of the picture, such as {@code VP8}. */
    public final String videoCodec;
    /** The far end's pictures that were decoded. */
    public final long framesDecoded;
    /** Own pictures that went out. */
    public final long framesSent;
    /** Width of the far end's picture, in pixels. */
    public final int frameWidth;
    /** Height of the far end's picture, in pixels. */
    public final int frameHeight;

    private MediaStats(Builder from) {
        packetsReceived = from.packetsReceived;
        packetsLost = from.packetsLost;
        packetsSent = from.packetsSent;
        bytesReceived = from.bytesReceived;
        bytesSent = from.bytesSent;
        jitterMillis = from.jitterMillis;
        rttMillis = from.rttMillis;
        audioLevel = from.audioLevel;
        audioCodec = from.audioCodec;
        videoCodec = from.videoCodec;
        framesDecoded = from.framesDecoded;
        framesSent = from.framesSent;
        frameWidth = from.frameWidth;
        frameHeight = from.frameHeight;
    }

    /**
     * Begins with nothing known.
     *
     * @return to be filled in by a media engine
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Makes the figures. */
    public static final class Builder {
        private long packetsReceived;
        private long packetsLost;
        private long packetsSent;
        private long bytesReceived;
        private long bytesSent;
        private double jitterMillis = Double.NaN;
        private double rttMillis = Double.NaN;
        private double audioLevel = Double.NaN;
        private String audioCodec = "";
        private String videoCodec = "";
        private long framesDecoded;
        private long framesSent;
        private int frameWidth;
        private int frameHeight;

        private Builder() {
        }

        /**
         * Packets of sound that have come in.
         *
         * @param packetsReceived the figure
         * @return this
         */
        public Builder packetsReceived(long packetsReceived) {
            this.packetsReceived = packetsReceived;
            return this;
        }

        /**
         * Packets of sound that were lost on the way here.
         *
         * @param packetsLost the figure
         * @return this
         */
        public Builder packetsLost(long packetsLost) {
            this.packetsLost = packetsLost;
            return this;
        }

        /**
         * Packets of sound that went out.
         *
         * @param packetsSent the figure
         * @return this
         */
        public Builder packetsSent(long packetsSent) {
            this.packetsSent = packetsSent;
            return this;
        }

        /**
         * Bytes of sound that have come in.
         *
         * @param bytesReceived the figure
         * @return this
         */
        public Builder bytesReceived(long bytesReceived) {
            this.bytesReceived = bytesReceived;
            return this;
        }

        /**
         * Bytes of sound that went out.
         *
         * @param bytesSent the figure
         * @return this
         */
        public Builder bytesSent(long bytesSent) {
            this.bytesSent = bytesSent;
            return this;
        }

        /**
         * Jitter of the sound that comes in, in milliseconds.
         *
         * @param jitterMillis the figure
         * @return this
         */
        public Builder jitterMillis(double jitterMillis) {
            this.jitterMillis = jitterMillis;
            return this;
        }

        /**
         * Round trip to the gateway, in milliseconds.
         *
         * @param rttMillis the figure
         * @return this
         */
        public Builder rttMillis(double rttMillis) {
            this.rttMillis = rttMillis;
            return this;
        }

        /**
         * How loud the far end is, from 0 to 1.
         *
         * @param audioLevel the figure
         * @return this
         */
        public Builder audioLevel(double audioLevel) {
            this.audioLevel = audioLevel;
            return this;
        }

        /**
         * Codec of the sound, such as {@code opus}.
         *
         * @param audioCodec its name
         * @return this
         */
        public Builder audioCodec(String audioCodec) {
            this.audioCodec = Texts.orEmpty(audioCodec);
            return this;
        }

        /**
         * Codec of the picture, such as {@code VP8}.
         *
         * @param videoCodec its name
         * @return this
         */
        public Builder videoCodec(String videoCodec) {
            this.videoCodec = Texts.orEmpty(videoCodec);
            return this;
        }

        /**
         * The far end's pictures that were decoded.
         *
         * @param framesDecoded the figure
         * @return this
         */
        public Builder framesDecoded(long framesDecoded) {
            this.framesDecoded = framesDecoded;
            return this;
        }

        /**
         * Own pictures that went out.
         *
         * @param framesSent the figure
         * @return this
         */
        public Builder framesSent(long framesSent) {
            this.framesSent = framesSent;
            return this;
        }

        /**
         * Width of the far end's picture, in pixels.
         *
         * @param frameWidth the figure
         * @return this
         */
        public Builder frameWidth(int frameWidth) {
            this.frameWidth = frameWidth;
            return this;
        }

        /**
         * Height of the far end's picture, in pixels.
         *
         * @param frameHeight the figure
         * @return this
         */
        public Builder frameHeight(int frameHeight) {
            this.frameHeight = frameHeight;
            return this;
        }

        /**
         * Makes them.
         *
         * @return the figures
         */
        public MediaStats build() {
            return new MediaStats(this);
        }
    }
}
