package org.zvonok.sdk.android.audio;

/**
 * Where a call is heard and spoken into. Two devices of one kind count as one route; the platform
 * then takes the one that was connected last.
 */
public enum AudioRoute {
    /** A headset over Bluetooth LE Audio, or a hearing aid. */
    BLUETOOTH_LE,
    /** A headset over classic Bluetooth. */
    BLUETOOTH,
    /** A headset or headphones on a cable, USB among them. */
    WIRED,
    /** The small loudspeaker at the ear; tablets have none. */
    EARPIECE,
    /** The loudspeaker for the whole room. */
    SPEAKER;

    /**
     * Tells the kind.
     *
     * @return true: one of the two kinds of Bluetooth
     */
    public boolean isBluetooth() {
        return this == BLUETOOTH_LE || this == BLUETOOTH;
    }
}
