package org.zvonok.sdk.android.audio;

/**
 * Switches the screen off while the phone is at the ear: wanted, in a call, and the earpiece the
 * route. The lock is a lease that is renewed while the call lives: whatever goes wrong, the screen
 * is not dark for longer than that.
 */
final class ProximityLock {
    /** The platform's lock, which is not counted: one release undoes any number of holds. */
    interface Port {
        void hold(long millis);

        void release();
    }

    /** Several times as long as the pause between two renewals. */
    static final long LEASE_MILLIS = 10_000;

    private final Port port;
    private boolean enabled;
    private boolean inCall;
    private AudioRoute route = AudioRoute.SPEAKER;
    private boolean held;

    ProximityLock(Port port) {
        this.port = port;
    }

    void setEnabled(boolean enabled) {
        this.enabled = enabled;
        renew();
    }

    void setRoute(AudioRoute route) {
        this.route = route;
        renew();
    }

    void start() {
        inCall = true;
        renew();
    }

    void stop() {
        inCall = false;
        renew();
    }

    /** To be called regularly during a call. */
    void renew() {
        if (enabled && inCall && route == AudioRoute.EARPIECE) {
            held = true;
            port.hold(LEASE_MILLIS);
        } else if (held) {
            held = false;
            port.release();
        }
    }
}
