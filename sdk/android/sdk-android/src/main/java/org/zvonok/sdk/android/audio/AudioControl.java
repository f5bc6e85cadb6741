package org.zvonok.sdk.android.audio;

import java.util.Set;

/**
 * The audio of all calls of the process: mode, focus, route and proximity begin with the first call
 * and end with the last one. Decides everything and knows the platform only by ports; one thread.
 *
 * <p>While a call is up, all of it is looked at every two seconds, because the platform takes mode
 * and route away without telling. During a cellular call nothing is set.
 */
final class AudioControl {
    static final long LOOK_MILLIS = 2_000;

    /** Told of what the app can show. */
    interface Listener {
        void onRoute(AudioRoute route, Set<AudioRoute> routes);
    }

    /** What the control needs of its surroundings. */
    static final class Ports {
        final RouteBackend backend;
        final FocusController.Port focus;
        final ModeKeeper.Port mode;
        final ProximityLock.Port proximity;
        final AudioTimer timer;

        Ports(RouteBackend backend, FocusController.Port focus, ModeKeeper.Port mode,
                ProximityLock.Port proximity, AudioTimer timer) {
            this.backend = backend;
            this.focus = focus;
            this.mode = mode;
            this.proximity = proximity;
            this.timer = timer;
        }
    }

    private final RouteBackend backend;
    private final AudioTimer timer;
    private final Listener listener;
    private final RoutePolicy policy = new RoutePolicy();
    private final FocusController focus;
    private final ModeKeeper mode;
    private final ProximityLock proximity;
    private final Interruption interruption;
    private boolean active;
    private AudioRoute told;
    private Set<AudioRoute> toldRoutes;

    AudioControl(Ports ports, InterruptedCalls calls, Listener listener) {
        this.backend = ports.backend;
        this.timer = ports.timer;
        this.listener = listener;
        focus = new FocusController(ports.focus, this::onInterrupted);
        mode = new ModeKeeper(ports.mode);
        proximity = new ProximityLock(ports.proximity);
        interruption = new Interruption(calls);
    }

    /** How many calls need microphone and ear, and whether one of them has a picture. */
    void onCalls(int live, boolean anyVideo) {
        policy.setVideo(anyVideo);
        if (live > 0 && !active) {
            start();
        } else if (live == 0 && active) {
            stop();
        } else if (active) {
            focus.refresh();
            route();
        }
    }

    void onFocusChange(int change) {
        focus.onChange(change);
    }

    void choose(AudioRoute route) {
        policy.choose(route);
        route();
    }

    void setSpeakerWanted(boolean wanted) {
        policy.setSpeakerWanted(wanted);
        route();
    }

    void setBluetoothAllowed(boolean allowed) {
        policy.setBluetoothAllowed(allowed);
        route();
    }

    void setProximityWanted(boolean wanted) {
        proximity.setEnabled(wanted);
    }

    void setInterruptionPolicy(InterruptionPolicy policy) {
        interruption.setPolicy(policy);
    }

    /** Reads the devices and tells them, where that has not been done. */
    void refresh() {
        policy.setDevices(backend.devices());
        route();
    }

    private void start() {
        active = true;
        mode.start();
        focus.start();
        proximity.start();
        backend.start(new RouteBackend.Listener() {
            @Override
            public void onDevices() {
                refresh();
            }

            @Override
            public void onRouteFailed(AudioRoute route) {
                policy.fail(route);
                if (policy.route() != route) {
                    route();
                }
            }
        });
        refresh();
        timer.set(this::look, LOOK_MILLIS);
    }

    /**
     * Whatever one of them throws, the others are given back: a screen that stays dark is worse.
     */
    private void stop() {
        active = false;
        timer.cancel();
        interruption.stop();
        policy.forgetChoices();
        try {
            proximity.stop();
        } finally {
            try {
                backend.stop();
            } finally {
                try {
                    mode.stop();
                } finally {
                    focus.stop();
                }
            }
        }
        route();
    }

    private void look() {
        if (!active) {
            return;
        }
        interruption.onCellularCall(mode.isCellularCall());
        mode.check();
        focus.look();
        route();
        timer.set(this::look, LOOK_MILLIS);
    }

    private void onInterrupted(boolean is) {
        if (!is) {
            mode.restore();
            route();
        }
        interruption.onInterrupted(is, mode.isCellularCall());
    }

    /**
     * Goes to the route that is right now, and renews what depends on it; without a call it is
     * told.
     */
    private void route() {
        if (active && !mode.isCellularCall()) {
            backend.use(policy.route());
        }
        AudioRoute route = policy.route(); // another one where that has failed at once
        proximity.setRoute(route);
        Set<AudioRoute> routes = policy.routes();
        if (route != told || !routes.equals(toldRoutes)) {
            told = route;
            toldRoutes = routes;
            listener.onRoute(route, routes);
        }
    }
}
