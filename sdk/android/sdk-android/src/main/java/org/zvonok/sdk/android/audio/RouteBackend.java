package org.zvonok.sdk.android.audio;

import java.util.Set;

/** Carries out what {@link RoutePolicy} decides; one for each generation of the platform. */
interface RouteBackend {
    /** Begins to watch the devices. */
    void start(Listener listener);

    /** The routes that exist now. */
    Set<AudioRoute> devices();

    /**
     * Goes to a route; where that takes a while, a failure comes later. Again and again is fine.
     */
    void use(AudioRoute route);

    /** Gives the route back and stops watching; no callback after it. */
    void stop();

    /** Called on the thread that called {@link #start}. */
    interface Listener {
        /** Devices came or went, or the platform moved the sound elsewhere. */
        void onDevices();

        /** The route could not be set up, or is lost though its device is there. */
        void onRouteFailed(AudioRoute route);
    }
}
