package org.zvonok.sdk.android.net;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.zvonok.sdk.spi.NetworkWatcher;

/**
 * From the platform's many events about the default network to the few that matter: there is
 * another one, there is none, or an address of ours is gone and with it what was connected by it.
 * An address more changes nothing, and each new network brings its addresses one by one.
 */
final class NetworkTrack {
    private final NetworkWatcher.Listener listener;
    private String network = "";
    private String kind = "";
    private Set<String> addresses = Collections.emptySet();
    private int generation;
    private String told;

    NetworkTrack(NetworkWatcher.Listener listener) {
        this.listener = listener;
    }

    /** `network` is the default one now, and of this kind. */
    void onNetwork(String network, String kind) {
        if (!network.equals(this.network)) {
            addresses = Collections.emptySet();
            generation = 0;
        }
        this.network = network;
        this.kind = kind;
        tell();
    }

    void onAddresses(String network, Collection<String> now) {
        if (!network.equals(this.network)) {
            return;
        }
        if (!now.containsAll(addresses)) {
            generation++;
        }
        addresses = new HashSet<>(now);
        tell();
    }

    /** A network is gone; when it was the default one, there is none until another comes. */
    void onLost(String network) {
        if (network.equals(this.network)) {
            onNone();
        }
    }

    void onNone() {
        network = "";
        tell();
    }

    private void tell() {
        String name = network.isEmpty() ? ""
                : kind + "/" + network + (generation == 0 ? "" : "." + generation);
        if (!name.equals(told)) {
            told = name;
            listener.onNetwork(!name.isEmpty(), name);
        }
    }
}
