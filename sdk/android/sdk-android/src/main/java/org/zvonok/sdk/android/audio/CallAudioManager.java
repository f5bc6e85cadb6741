package org.zvonok.sdk.android.audio;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.zvonok.sdk.spi.CallAudio;

/**
 * Where calls are heard, for an app's buttons; there is one for the process. By itself a headset is
 * used where there is one, else the earpiece, or the loudspeaker in a call with video; what the
 * person chooses wins while it is there.
 *
 * <p>All methods may be called on any thread, in a call or before it, and do not block; the
 * listeners are called on the main thread.
 */
public final class CallAudioManager implements CallAudio {
    /** Told when the sound goes elsewhere. */
    public interface Listener {
        /**
         * The route, or what could be chosen, is another than before.
         *
         * @param route in use, or to be used by the next call
         * @param routes all that could be chosen now
         */
        void onRoute(AudioRoute route, Set<AudioRoute> routes);
    }

    private final Handler main = new Handler(Looper.getMainLooper());
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final AudioControl control;
    private volatile AudioRoute route = AudioRoute.SPEAKER;
    private volatile Set<AudioRoute> routes = EnumSet.noneOf(AudioRoute.class);

    /**
     * For the SDK itself; apps ask {@code Zvonok.getAudioManager()}.
     *
     * @param context of the application
     * @param calls are held or muted while another call has the sound
     */
    public CallAudioManager(Context context, InterruptedCalls calls) {
        AudioControl.Ports ports = PlatformAudio.ports(context, main, this::onFocusChange);
        control = new AudioControl(ports, calls, this::onRoute);
        main.post(control::refresh);
    }

    /**
     * Prefers the loudspeaker, in this call and in those to come, or no longer does. A headset that
     * the person chooses later wins.
     *
     * @param use true: the loudspeaker
     */
    public void setUseSpeakerPhone(boolean use) {
        main.post(() -> control.setSpeakerWanted(use));
    }

    /**
     * Allows Bluetooth headsets, which are used by themselves, or not.
     *
     * @param use false: as if none were there; true at the start
     */
    public void setUseBluetoothSco(boolean use) {
        main.post(() -> control.setBluetoothAllowed(use));
    }

    /**
     * Switches the screen off while the phone is at the ear, or not.
     *
     * @param use true: during calls by the earpiece; false at the start
     */
    public void setUseProximitySensor(boolean use) {
        main.post(() -> control.setProximityWanted(use));
    }

    /**
     * Says what becomes of our calls when a call of the cellular network comes.
     *
     * @param policy counts from the next such call; {@code HOLD_ON_ANSWER} at the start
     */
    public void setInterruptionPolicy(InterruptionPolicy policy) {
        main.post(() -> control.setInterruptionPolicy(policy));
    }

    /**
     * What can be chosen. Followed during calls; before one it is what was there after the last.
     *
     * @return a copy
     */
    public Set<AudioRoute> getRoutes() {
        return EnumSet.copyOf(routes);
    }

    /**
     * Where calls are heard.
     *
     * @return the route in use, or the one that the next call would use
     */
    public AudioRoute getRoute() {
        return route;
    }

    /**
     * The person's choice, which holds until the last call ends. While its device is away, the
     * choice before it counts, or what is right by itself; when it is back, so is the route.
     *
     * @param route where to go
     */
    public void selectRoute(AudioRoute route) {
        main.post(() -> control.choose(route));
    }

    /**
     * Adds a listener, which is told the route of now once.
     *
     * @param listener gets changes
     */
    public void addListener(Listener listener) {
        main.post(() -> {
            listeners.add(listener);
            listener.onRoute(route, getRoutes());
        });
    }

    /**
     * Removes a listener; on the main thread nothing comes after it.
     *
     * @param listener gets nothing more
     */
    public void removeListener(Listener listener) {
        if (Looper.myLooper() == Looper.getMainLooper()) {
            listeners.remove(listener);
        } else {
            main.post(() -> listeners.remove(listener));
        }
    }

    @Override
    public void onCalls(int liveCalls, boolean anyVideo, boolean anyRinging) {
        main.post(() -> control.onCalls(liveCalls, anyVideo));
    }

    private void onFocusChange(int change) {
        control.onFocusChange(change);
    }

    private void onRoute(AudioRoute route, Set<AudioRoute> routes) {
        this.route = route;
        this.routes = routes;
        for (Listener listener : listeners) {
            listener.onRoute(route, EnumSet.copyOf(routes));
        }
    }
}
