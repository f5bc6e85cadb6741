package org.zvonok.sdk.android.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkCapabilities;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowConnectivityManager;
import org.robolectric.shadows.ShadowNetwork;
import org.robolectric.shadows.ShadowNetworkCapabilities;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
public class AndroidNetworkWatcherRobolectricTest {
    private final Context context = RuntimeEnvironment.getApplication();
    private final ShadowConnectivityManager phone =
            shadowOf(context.getSystemService(ConnectivityManager.class));
    private final List<String> log = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final AndroidNetworkWatcher watcher =
            new AndroidNetworkWatcher(context, (level, tag, text) -> log.add(text));

    private void start() {
        watcher.start((available, name) -> told.add(available ? name : "none"));
    }

    private ConnectivityManager.NetworkCallback callback() {
        assertEquals("one callback, not a hundred", 1, phone.getNetworkCallbacks().size());
        return phone.getNetworkCallbacks().iterator().next();
    }

    private static NetworkCapabilities of(int transport) {
        NetworkCapabilities capabilities = ShadowNetworkCapabilities.newInstance();
        shadowOf(capabilities).addTransportType(transport);
        return capabilities;
    }

    @Test
    public void networksAreTold() {
        start();
        Network wifi = ShadowNetwork.newInstance(101);
        Network cellular = ShadowNetwork.newInstance(102);
        callback().onCapabilitiesChanged(wifi, of(NetworkCapabilities.TRANSPORT_WIFI));
        callback().onCapabilitiesChanged(cellular, of(NetworkCapabilities.TRANSPORT_CELLULAR));
        callback().onLost(cellular);
        assertEquals(Arrays.asList("wifi/101", "cellular/102", "none"), told);
    }

    @Test
    public void aPhoneWithoutNetworkSaysSo() {
        phone.setActiveNetworkInfo(null);
        start();
        assertEquals(Collections.singletonList("none"), told);
    }

    @Test
    public void aSecondStartDoesNotLeakTheFirst() {
        start();
        start();
        callback();
    }

    @Test
    public void nothingComesAfterStop() {
        start();
        ConnectivityManager.NetworkCallback last = callback();
        watcher.stop();
        watcher.stop();
        assertTrue(phone.getNetworkCallbacks().isEmpty());
        last.onCapabilitiesChanged(ShadowNetwork.newInstance(101),
                of(NetworkCapabilities.TRANSPORT_WIFI));
        assertTrue(told.isEmpty());
    }
}
