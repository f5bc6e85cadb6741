package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How a call sounds, as the gateway measures it. Immutable. A figure that is not known is NaN. */
public final class Quality {
    private final List<LegQuality> legs;

    /**
     * Figures of a call.
     *
     * @param legs one for each leg
     */
    public Quality(List<LegQuality> legs) {
        this.legs = Collections.unmodifiableList(new ArrayList<>(legs));
    }

    /**
     * The figures of each leg.
     *
     * @return may be empty
     */
    public List<LegQuality> getLegs() {
        return legs;
    }

    /**
     * The figures of one leg.
     *
     * @param leg which
     * @return null: none are known
     */
    public LegQuality getLeg(Leg leg) {
        for (LegQuality one : legs) {
            if (one.leg == leg) {
                return one;
            }
        }
        return null;
    }

    /** How sound arrives at one end of a leg. */
    public static final class Arrival {
        /** Mean opinion score, 1 to 4.5, computed from the other figures. */
        public final double mos;
        /** Share of the packets that were lost, in percent. */
        public final double lossPercent;
        /** Jitter in milliseconds. */
        public final double jitterMillis;

        /**
         * Figures.
         *
         * @param mos mean opinion score
         * @param lossPercent loss in percent
         * @param jitterMillis jitter
         */
        public Arrival(double mos, double lossPercent, double jitterMillis) {
            this.mos = mos;
            this.lossPercent = lossPercent;
            this.jitterMillis = jitterMillis;
        }
    }

    /** The picture that the gateway gets from a leg. */
    public static final class Video {
        /** Width in pixels, as the last key frame told. */
        public final double width;
        /** Height in pixels. */
        public final double height;
        /** Pictures in a second. */
        public final double fps;
        /** Bit rate. */
        public final double kbps;
        /** Times that it stood still in the last 5 s. */
        public final double freezes;

        /**
         * Figures.
         *
         * @param width pixels
         * @param height pixels
         * @param fps pictures in a second
         * @param kbps bit rate
         * @param freezes times that it stood still
         */
        public Video(double width, double height, double fps, double kbps, double freezes) {
            this.width = width;
            this.height = height;
            this.fps = fps;
            this.kbps = kbps;
            this.freezes = freezes;
        }
    }

    /**
     * One leg: what the gateway gets from its other end, and by that end's reports what it gets.
     */
    public static final class LegQuality {
        /** Which leg. */
        public final Leg leg;
        /** How sound arrives at the gateway. */
        public final Arrival arrival;
        /** Round trip in milliseconds. */
        public final double rttMillis;
        /** Bit rate of the sound. */
        public final double kbps;
        /** The picture; null where none comes. */
        public final Video video;
        /** How sound arrives at the other end, as it reports; null where it does not. */
        public final Arrival reported;

        /**
         * Figures.
         *
         * @param leg which
         * @param arrival at the gateway
         * @param rttMillis round trip
         * @param kbps bit rate
         * @param video may be null
         * @param reported may be null
         */
        public LegQuality(Leg leg, Arrival arrival, double rttMillis, double kbps, Video video,
                Arrival reported) {
            this.leg = leg;
            this.arrival = arrival;
            this.rttMillis = rttMillis;
            this.kbps = kbps;
            this.video = video;
            this.reported = reported;
        }
    }
}
