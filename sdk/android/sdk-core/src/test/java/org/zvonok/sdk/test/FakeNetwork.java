package org.zvonok.sdk.test;

import org.zvonok.sdk.spi.NetworkWatcher;

/** A network that changes when the test says so. */
public final class FakeNetwork implements NetworkWatcher {
    private Listener listener;

    /** On Wi-Fi. */
    public FakeNetwork() {
    }

    @Override
    public void start(Listener newListener) {
        listener = newListener;
        listener.onNetwork(true, "wifi");
    }

    @Override
    public void stop() {
        listener = null;
    }

    /**
     * Whether anybody listens.
     *
     * @return true while a session is open
     */
    public boolean isWatched() {
        return listener != null;
    }

    /**
     * Another network, or none.
     *
     * @param name empty: none
     */
    public void change(String name) {
        if (listener != null) {
            listener.onNetwork(!name.isEmpty(), name);
        }
    }
}
