package org.zvonok.sdk.android.audio;

import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.media.AudioDeviceCallback;
import android.media.AudioDeviceInfo;
import android.media.AudioManager;
import android.os.Handler;
import android.os.SystemClock;
import java.util.Set;

/**
 * Routes before Android 12: the loudspeaker is a switch, a Bluetooth headset a link (SCO) that is
 * asked for and comes, or does not, seconds later; the rest follows from what is plugged.
 */
@SuppressWarnings("deprecation") // the only means that those platforms have
final class RouteBackendLegacy implements RouteBackend {
    private final Context context;
    private final AudioManager manager;
    private final Handler handler;
    private final RouteAttempt attempt = new RouteAttempt();
    private final AudioDeviceCallback devices = new DeviceWatch(this::onDevices);
    private final BroadcastReceiver linkStates = new BroadcastReceiver() {
        @Override
        public void onReceive(Context context, Intent intent) {
            onLink(intent.getIntExtra(AudioManager.EXTRA_SCO_AUDIO_STATE,
                    AudioManager.SCO_AUDIO_STATE_ERROR));
        }
    };
    private Listener listener;
    private boolean linkAsked;
    private boolean linkUp;

    RouteBackendLegacy(Context context, AudioManager manager, Handler handler) {
        this.context = context;
        this.manager = manager;
        this.handler = handler;
    }

    @Override
    public void start(Listener listener) {
        this.listener = listener;
        attempt.reset();
        manager.registerAudioDeviceCallback(devices, handler);
        context.registerReceiver(linkStates,
                new IntentFilter(AudioManager.ACTION_SCO_AUDIO_STATE_UPDATED), null, handler);
    }

    @Override
    public Set<AudioRoute> devices() {
        AudioDeviceInfo[] outputs = manager.getDevices(AudioManager.GET_DEVICES_OUTPUTS);
        int[] types = new int[outputs.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = outputs[i].getType();
        }
        return DeviceTypes.legacyRoutes(types);
    }

    @Override
    public void use(AudioRoute route) {
        boolean wantsSpeaker = route == AudioRoute.SPEAKER;
        if (manager.isSpeakerphoneOn() != wantsSpeaker) {
            manager.setSpeakerphoneOn(wantsSpeaker);
        }
        if (route != AudioRoute.BLUETOOTH) {
            attempt.reset();
            dropLink();
            return;
        }
        switch (attempt.look(route, linkUp, SystemClock.elapsedRealtime())) {
            case SET:
                askForLink();
                break;
            case GIVE_UP:
                dropLink();
                listener.onRouteFailed(route);
                break;
            default:
                break;
        }
    }

    @Override
    public void stop() {
        listener = null;
        manager.unregisterAudioDeviceCallback(devices);
        context.unregisterReceiver(linkStates);
        dropLink();
        manager.setSpeakerphoneOn(false);
    }

    private void onDevices() {
        if (listener != null) {
            listener.onDevices();
        }
    }

    /** The first one comes at once and tells the link as it was before us. */
    private void onLink(int state) {
        linkUp = linkAsked && state == AudioManager.SCO_AUDIO_STATE_CONNECTED;
    }

    private void askForLink() {
        if (linkAsked) {
            manager.stopBluetoothSco(); // the last try has not come up
        }
        linkAsked = true;
        linkUp = false;
        manager.startBluetoothSco();
        manager.setBluetoothScoOn(true);
    }

    private void dropLink() {
        if (!linkAsked) {
            return;
        }
        linkAsked = linkUp = false;
        manager.setBluetoothScoOn(false);
        manager.stopBluetoothSco();
    }
}
