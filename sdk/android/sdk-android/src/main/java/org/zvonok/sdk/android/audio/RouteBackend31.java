package org.zvonok.sdk.android.audio;

import android.media.AudioDeviceCallback;
import android.media.AudioDeviceInfo;
import android.media.AudioManager;
import android.os.Handler;
import android.os.SystemClock;
import java.util.EnumSet;
import java.util.Set;
import org.zvonok.sdk.android.ApiGuarded;

/**
 * Routes from Android 12 on: the app names the device for communication, and the platform sees to
 * links and volumes. LE Audio headsets can be reached by this alone.
 */
@ApiGuarded
final class RouteBackend31 implements RouteBackend {
    private final AudioManager manager;
    private final Handler handler;
    private final RouteAttempt attempt = new RouteAttempt();
    private Listener listener;

    private final AudioDeviceCallback devices = new DeviceWatch(this::onDevices);

    RouteBackend31(AudioManager manager, Handler handler) {
        this.manager = manager;
        this.handler = handler;
    }

    @Override
    public void start(Listener listener) {
        this.listener = listener;
        attempt.reset();
        manager.registerAudioDeviceCallback(devices, handler);
    }

    @Override
    public Set<AudioRoute> devices() {
        Set<AudioRoute> routes = EnumSet.noneOf(AudioRoute.class);
        for (AudioDeviceInfo device : manager.getAvailableCommunicationDevices()) {
            AudioRoute route = DeviceTypes.routeOf(device.getType());
            if (route != null) {
                routes.add(route);
            }
        }
        return routes;
    }

    @Override
    public void use(AudioRoute route) {
        AudioDeviceInfo wanted = find(route);
        if (wanted == null) {
            return; // it has just gone: the platform tells that as well
        }
        AudioDeviceInfo current = manager.getCommunicationDevice();
        boolean isThere = current != null && DeviceTypes.routeOf(current.getType()) == route;
        RouteAttempt.Step step = attempt.look(route, isThere,
                SystemClock.elapsedRealtime());
        if (step == RouteAttempt.Step.GIVE_UP) {
            listener.onRouteFailed(route);
        } else if (step == RouteAttempt.Step.SET && !manager.setCommunicationDevice(wanted)) {
            listener.onRouteFailed(route);
        }
    }

    @Override
    public void stop() {
        listener = null;
        manager.unregisterAudioDeviceCallback(devices);
        manager.clearCommunicationDevice();
    }

    private void onDevices() {
        if (listener != null) {
            listener.onDevices();
        }
    }

    private AudioDeviceInfo find(AudioRoute route) {
        for (AudioDeviceInfo device : manager.getAvailableCommunicationDevices()) {
            if (DeviceTypes.routeOf(device.getType()) == route) {
                return device;
            }
        }
        return null;
    }
}
