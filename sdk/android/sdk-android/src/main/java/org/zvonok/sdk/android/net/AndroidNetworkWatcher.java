package org.zvonok.sdk.android.net;

import android.content.Context;
import android.net.ConnectivityManager;
import android.net.LinkAddress;
import android.net.LinkProperties;
import android.net.Network;
import android.net.NetworkCapabilities;
import java.util.HashSet;
import java.util.Set;
import org.zvonok.sdk.spi.NetworkWatcher;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Follows the default network by one callback of the platform, and only between {@link #start} and
 * {@link #stop}: the platform allows an app a hundred of them, and leaked ones are used up.
 */
public final class AndroidNetworkWatcher implements NetworkWatcher {
    private static final int[] TRANSPORTS = {
        NetworkCapabilities.TRANSPORT_VPN, NetworkCapabilities.TRANSPORT_WIFI,
        NetworkCapabilities.TRANSPORT_CELLULAR, NetworkCapabilities.TRANSPORT_ETHERNET,
        NetworkCapabilities.TRANSPORT_BLUETOOTH
    };
    private static final String[] NAMES = {"vpn", "wifi", "cellular", "ethernet", "bluetooth"};

    private final ConnectivityManager manager;
    private final SdkLog log;
    private Watch watch;

    /**
     * A watcher that watches nothing yet.
     *
     * @param context of the application
     * @param log where it is written when the platform refuses
     */
    public AndroidNetworkWatcher(Context context, SdkLog log) {
        manager = context.getSystemService(ConnectivityManager.class);
        this.log = log;
    }

    @Override
    public synchronized void start(Listener listener) {
        stop();
        Watch next = new Watch(listener);
        if (manager.getActiveNetwork() == null) {
            next.track.onNone(); // the callback is silent until there is one
        }
        try {
            manager.registerDefaultNetworkCallback(next);
            watch = next;
        } catch (RuntimeException e) {
            log.log(SdkLog.WARN, "zvonok", "the network is not watched, so a lost connection is "
                    + "noticed by its silence alone: " + e);
        }
    }

    @Override
    public synchronized void stop() {
        if (watch == null) {
            return;
        }
        watch.stopped = true;
        manager.unregisterNetworkCallback(watch);
        watch = null;
    }

    private static String kindOf(NetworkCapabilities capabilities) {
        for (int i = 0; i < TRANSPORTS.length; i++) {
            if (capabilities.hasTransport(TRANSPORTS[i])) {
                return NAMES[i];
            }
        }
        return "other";
    }

    /** Called on a thread of the platform; each network comes with its properties at once. */
    private static final class Watch extends ConnectivityManager.NetworkCallback {
        private final NetworkTrack track;
        private volatile boolean stopped;

        Watch(Listener listener) {
            track = new NetworkTrack((available, name) -> {
                if (!stopped) {
                    listener.onNetwork(available, name);
                }
            });
        }

        @Override
        public void onCapabilitiesChanged(Network network, NetworkCapabilities capabilities) {
            track.onNetwork(network.toString(), kindOf(capabilities));
        }

        @Override
        public void onLinkPropertiesChanged(Network network, LinkProperties properties) {
            Set<String> addresses = new HashSet<>();
            for (LinkAddress address : properties.getLinkAddresses()) {
                addresses.add(address.toString());
            }
            track.onAddresses(network.toString(), addresses);
        }

        @Override
        public void onLost(Network network) {
            track.onLost(network.toString());
        }
    }
}
