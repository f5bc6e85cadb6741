package org.zvonok.sdk;

import org.zvonok.sdk.spi.MediaOptions;

/** How an incoming call is answered. Immutable. */
public final class AnswerOptions {
    private final boolean video;
    private final MediaOptions mediaOptions;

    private AnswerOptions(Builder from) {
        video = from.video;
        mediaOptions = from.mediaOptions;
    }

    /**
     * Begins with an answer of sound alone.
     *
     * @return to be completed
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Whether to take part in the picture, if the caller offers one.
     *
     * @return false: a call of sound
     */
    public boolean hasVideo() {
        return video;
    }

    /**
     * The engine's own options.
     *
     * @return null: those that the call has
     */
    public MediaOptions getMediaOptions() {
        return mediaOptions;
    }

    /** Makes the options. */
    public static final class Builder {
        private boolean video;
        private MediaOptions mediaOptions;

        private Builder() {
        }

        /**
         * Take part in the picture.
         *
         * @param video true: if one is offered
         * @return this
         */
        public Builder video(boolean video) {
            this.video = video;
            return this;
        }

        /**
         * The engine's own options.
         *
         * @param options null: those that the call has
         * @return this
         */
        public Builder mediaOptions(MediaOptions options) {
            this.mediaOptions = options;
            return this;
        }

        /**
         * Makes them.
         *
         * @return the options
         */
        public AnswerOptions build() {
            return new AnswerOptions(this);
        }
    }
}
