package org.zvonok.sdk.android.net;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.Test;

public class NetworkTrackTest {
    private final List<String> told = new ArrayList<>();
    private final NetworkTrack track = new NetworkTrack(
            (available, name) -> told.add(available ? name : "none" + name));

    private void expect(String... names) {
        assertEquals(Arrays.asList(names), told);
    }

    @Test
    public void aNetworkIsToldOnce() {
        track.onNetwork("101", "wifi");
        track.onNetwork("101", "wifi");
        expect("wifi/101");
    }

    /** Complaint 14: from Wi-Fi to the mobile network and back. */
    @Test
    public void anotherNetworkIsTold() {
        track.onNetwork("101", "wifi");
        track.onNetwork("102", "cellular");
        track.onLost("101");
        track.onNetwork("103", "wifi");
        expect("wifi/101", "cellular/102", "wifi/103");
    }

    /**
     * Complaint 15: Wi-Fi is switched off and on so quickly that nothing seems to have happened.
     */
    @Test
    public void theSameWifiIsAnotherNetworkAfterItWasOff() {
        track.onNetwork("101", "wifi");
        track.onLost("101");
        track.onNetwork("104", "wifi");
        expect("wifi/101", "none", "wifi/104");
    }

    @Test
    public void anAddressMoreChangesNothing() {
        track.onNetwork("101", "wifi");
        track.onAddresses("101", Collections.singletonList("192.0.2.1/24"));
        track.onAddresses("101", Arrays.asList("192.0.2.1/24", "2001:db8::1/64"));
        expect("wifi/101");
    }

    @Test
    public void anAddressThatIsGoneTakesItsConnectionsAlong() {
        track.onNetwork("101", "wifi");
        track.onAddresses("101", Collections.singletonList("192.0.2.1/24"));
        track.onAddresses("101", Collections.singletonList("192.0.2.77/24"));
        track.onNetwork("102", "wifi");
        expect("wifi/101", "wifi/101.1", "wifi/102");
    }

    @Test
    public void whatIsSaidOfAnotherNetworkIsNothing() {
        track.onNetwork("101", "wifi");
        track.onLost("99");
        track.onAddresses("99", Collections.singletonList("192.0.2.1/24"));
        expect("wifi/101");
    }

    @Test
    public void noNetworkAtAllIsTold() {
        track.onNone();
        track.onNetwork("101", "wifi");
        expect("none", "wifi/101");
    }
}
