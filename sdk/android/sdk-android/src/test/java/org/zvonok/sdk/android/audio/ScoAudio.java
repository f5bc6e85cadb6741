package org.zvonok.sdk.android.audio;

import android.media.AudioManager;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowAudioManager;

/**
 * An audio service that notes whether a Bluetooth link was asked for; Robolectric's own has none.
 */
@Implements(AudioManager.class)
public class ScoAudio extends ShadowAudioManager {
    static boolean asked;

    @Implementation
    protected void startBluetoothSco() {
        asked = true;
    }

    @Implementation
    protected void stopBluetoothSco() {
        asked = false;
    }
}
