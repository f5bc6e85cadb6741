package org.zvonok.sdk.android.audio;

/**
 * How often and how long one route is tried: the platform needs seconds for a Bluetooth headset,
 * and may take a route away again.
 */
final class RouteAttempt {
    enum Step {
        /** It is there, or on its way. */
        NOTHING,
        SET,
        /** It was tried often enough; said once. */
        GIVE_UP
    }

    /** After this a route counts as not come. */
    static final long PATIENCE_MILLIS = 6_000;
    static final int TRIES = 3;

    private AudioRoute wanted;
    private int tries;
    private long nextMillis;

    /** One look at the route: whether it is the one that is wanted. */
    Step look(AudioRoute route, boolean isThere, long nowMillis) {
        if (route != wanted || isThere) {
            wanted = route;
            tries = 0;
            nextMillis = nowMillis;
        }
        if (isThere || nowMillis < nextMillis || tries > TRIES) {
            return Step.NOTHING;
        }
        nextMillis = nowMillis + PATIENCE_MILLIS;
        return tries++ < TRIES ? Step.SET : Step.GIVE_UP;
    }

    void reset() {
        wanted = null;
    }
}
