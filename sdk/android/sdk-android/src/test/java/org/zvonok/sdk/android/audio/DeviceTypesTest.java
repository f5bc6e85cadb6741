package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import android.media.AudioDeviceInfo;
import java.util.EnumSet;
import org.junit.Test;

public class DeviceTypesTest {
    @Test
    public void whatIsNoDeviceForCallsIsNoRoute() {
        assertNull(DeviceTypes.routeOf(AudioDeviceInfo.TYPE_BLUETOOTH_A2DP));
        assertNull(DeviceTypes.routeOf(AudioDeviceInfo.TYPE_HDMI));
        assertNull(DeviceTypes.routeOf(AudioDeviceInfo.TYPE_TELEPHONY));
    }

    /** Complaint 31: LE Audio headsets are invisible to code for SCO. */
    @Test
    public void leAudioIsARouteOfItsOwn() {
        assertEquals(AudioRoute.BLUETOOTH_LE,
                DeviceTypes.routeOf(AudioDeviceInfo.TYPE_BLE_HEADSET));
        assertEquals(AudioRoute.BLUETOOTH_LE,
                DeviceTypes.routeOf(AudioDeviceInfo.TYPE_HEARING_AID));
    }

    @Test
    public void aPluggedHeadsetTakesTheEarpiecesPlaceOnOldPlatforms() {
        int[] types = {AudioDeviceInfo.TYPE_BUILTIN_EARPIECE, AudioDeviceInfo.TYPE_BUILTIN_SPEAKER,
            AudioDeviceInfo.TYPE_WIRED_HEADPHONES, AudioDeviceInfo.TYPE_BLUETOOTH_SCO,
            AudioDeviceInfo.TYPE_BLE_HEADSET};
        assertEquals(EnumSet.of(AudioRoute.SPEAKER, AudioRoute.WIRED, AudioRoute.BLUETOOTH),
                DeviceTypes.legacyRoutes(types));
    }
}
