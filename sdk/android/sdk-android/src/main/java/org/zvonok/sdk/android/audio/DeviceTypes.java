package org.zvonok.sdk.android.audio;

import android.media.AudioDeviceInfo;
import java.util.EnumSet;
import java.util.Set;

/** Which route a device of the platform belongs to, by the numbers of {@link AudioDeviceInfo}. */
final class DeviceTypes {
    private DeviceTypes() { }

    /** Null: no device for calls. */
    static AudioRoute routeOf(int type) {
        switch (type) {
            case AudioDeviceInfo.TYPE_BUILTIN_EARPIECE:
                return AudioRoute.EARPIECE;
            case AudioDeviceInfo.TYPE_BUILTIN_SPEAKER:
                return AudioRoute.SPEAKER;
            case AudioDeviceInfo.TYPE_WIRED_HEADSET:
            case AudioDeviceInfo.TYPE_WIRED_HEADPHONES:
            case AudioDeviceInfo.TYPE_USB_HEADSET:
            case AudioDeviceInfo.TYPE_USB_DEVICE:
                return AudioRoute.WIRED;
            case AudioDeviceInfo.TYPE_BLUETOOTH_SCO:
                return AudioRoute.BLUETOOTH;
            case AudioDeviceInfo.TYPE_BLE_HEADSET:
            case AudioDeviceInfo.TYPE_HEARING_AID:
                return AudioRoute.BLUETOOTH_LE;
            default:
                return null;
        }
    }

    /**
     * The routes before Android 12, where only the loudspeaker and the Bluetooth link can be
     * switched: a plugged headset takes the earpiece's place, and LE Audio cannot be reached.
     */
    static Set<AudioRoute> legacyRoutes(int[] types) {
        Set<AudioRoute> routes = EnumSet.noneOf(AudioRoute.class);
        for (int type : types) {
            AudioRoute route = routeOf(type);
            if (route != null && route != AudioRoute.BLUETOOTH_LE) {
                routes.add(route);
            }
        }
        if (routes.contains(AudioRoute.WIRED)) {
            routes.remove(AudioRoute.EARPIECE);
        }
        return routes;
    }
}
