package org.zvonok.sdk.android.audio;

import android.media.AudioDeviceCallback;
import android.media.AudioDeviceInfo;

/** Devices came or went: which ones is asked afterwards, so that nothing is kept twice. */
final class DeviceWatch extends AudioDeviceCallback {
    private final Runnable changed;

    DeviceWatch(Runnable changed) {
        this.changed = changed;
    }

    @Override
    public void onAudioDevicesAdded(AudioDeviceInfo[] added) {
        changed.run();
    }

    @Override
    public void onAudioDevicesRemoved(AudioDeviceInfo[] removed) {
        changed.run();
    }
}
