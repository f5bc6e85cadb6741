package org.zvonok.testkit;

import org.zvonok.sdk.spi.NetworkWatcher;

/** A network that a test puts on and off. */
final class NetworkSwitch implements NetworkWatcher {
    private Listener listener;
    private boolean available = true;
    private String name = "test";

    @Override
    public synchronized void start(Listener listener) {
        this.listener = listener;
        listener.onNetwork(available, name);
    }

    @Override
    public synchronized void stop() {
        listener = null;
    }

    synchronized void set(boolean available, String name) {
        this.available = available;
        this.name = name;
        if (listener != null) {
            listener.onNetwork(available, name);
        }
    }
}
