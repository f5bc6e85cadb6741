package org.zvonok.sdk.spi;

/** Tells which network is in use, so that a lost connection need not wait for a timer. */
public interface NetworkWatcher {
    /**
     * Begins to tell. One listener at a time.
     *
     * @param listener gets the network in use now, and each one after it; on any thread
     */
    void start(Listener listener);

    /** Tells nothing any more. */
    void stop();

    /** Who is told. */
    interface Listener {
        /**
         * The network in use.
         *
         * @param available false: there is none
         * @param name differs where the network does, as in {@code "wifi/101"}; empty without one
         */
        void onNetwork(boolean available, String name);
    }
}
