package org.zvonok.sdk;

import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;
import org.zvonok.sdk.spi.CallAudio;
import org.zvonok.sdk.spi.MediaEngine;
import org.zvonok.sdk.spi.NetworkWatcher;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.SdkLog;
import org.zvonok.sdk.spi.TransportFactory;

/**
 * What sessions run on: one for all sessions of a process, since it has one microphone. On Android
 * {@code Zvonok} makes it. Immutable.
 */
public final class Platform {
    private final MediaEngine media;
    private final TransportFactory transports;
    private final Scheduler scheduler;
    private final NetworkHub network;
    private final AudioTally audio;
    private final Executor callbacks;
    private final SdkLog log;
    private final DoubleSupplier random;

    private Platform(Builder from) {
        media = need("media", from.media);
        transports = need("transports", from.transports);
        scheduler = need("scheduler", from.scheduler);
        network = new NetworkHub(from.network, scheduler);
        audio = new AudioTally(from.audio);
        callbacks = from.callbacks;
        log = from.log;
        random = from.random;
    }

    private static <T> T need(String name, T part) {
        if (part == null) {
            throw new IllegalStateException("a platform needs " + name);
        }
        return part;
    }

    /**
     * Begins with nothing: {@code media}, {@code transports} and {@code scheduler} have to be
     * named.
     *
     * @return to be completed
     */
    public static Builder builder() {
        return new Builder();
    }

    MediaEngine media() {
        return media;
    }

    TransportFactory transports() {
        return transports;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    NetworkHub network() {
        return network;
    }

    AudioTally audio() {
        return audio;
    }

    Executor callbacks() {
        return callbacks;
    }

    SdkLog log() {
        return log;
    }

    /** From 0 to 1, for the jitter of waits. */
    DoubleSupplier random() {
        return random;
    }

    /** Makes a platform. */
    public static final class Builder {
        private MediaEngine media;
        private TransportFactory transports;
        private Scheduler scheduler;
        private NetworkWatcher network;
        private CallAudio audio = (live, video, ringing) -> { };
        private Executor callbacks = Runnable::run;
        private SdkLog log = (level, tag, text) -> { };
        private DoubleSupplier random = new Random()::nextDouble;

        private Builder() {
        }

        /**
         * What makes the media of calls.
         *
         * @param media the engine
         * @return this
         */
        public Builder media(MediaEngine media) {
            this.media = media;
            return this;
        }

        /**
         * What opens sockets.
         *
         * @param transports the factory
         * @return this
         */
        public Builder transports(TransportFactory transports) {
            this.transports = transports;
            return this;
        }

        /**
         * The thread that decides.
         *
         * @param scheduler one thread
         * @return this
         */
        public Builder scheduler(Scheduler scheduler) {
            this.scheduler = scheduler;
            return this;
        }

        /**
         * What tells of another network.
         *
         * @param network null: nobody, so that a loss is noticed by timers alone
         * @return this
         */
        public Builder network(NetworkWatcher network) {
            this.network = network;
            return this;
        }

        /**
         * The device's audio.
         *
         * @param audio null: nobody is told of calls
         * @return this
         */
        public Builder audio(CallAudio audio) {
            if (audio != null) {
                this.audio = audio;
            }
            return this;
        }

        /**
         * Where listeners are called: one after the other, in the order of handing over.
         *
         * @param callbacks null: on the scheduler's thread
         * @return this
         */
        public Builder callbacks(Executor callbacks) {
            if (callbacks != null) {
                this.callbacks = callbacks;
            }
            return this;
        }

        /**
         * Where it is written what happens.
         *
         * @param log null: nowhere
         * @return this
         */
        public Builder log(SdkLog log) {
            if (log != null) {
                this.log = log;
            }
            return this;
        }

        /** For tests that have to be repeatable. */
        Builder random(DoubleSupplier random) {
            this.random = random;
            return this;
        }

        /**
         * Makes it.
         *
         * @return the platform
         * @throws IllegalStateException when a part is missing that has to be named
         */
        public Platform build() {
            return new Platform(this);
        }
    }
}
