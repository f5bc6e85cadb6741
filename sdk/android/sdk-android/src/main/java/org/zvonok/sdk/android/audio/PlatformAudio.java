package org.zvonok.sdk.android.audio;

import android.content.Context;
import android.media.AudioAttributes;
import android.media.AudioFocusRequest;
import android.media.AudioManager;
import android.os.Build;
import android.os.Handler;
import android.os.PowerManager;
import java.util.function.IntConsumer;
import org.zvonok.sdk.android.ApiGuarded;

/** The ports of {@link AudioControl} on the platform; nothing is decided here. */
final class PlatformAudio implements FocusController.Port, ModeKeeper.Port, ProximityLock.Port {
    private static final String LOCK_TAG = "zvonok:proximity";

    private final AudioManager manager;
    private final AudioFocusRequest focus;
    /** Null: this device has no such sensor. */
    private final PowerManager.WakeLock lock;

    private PlatformAudio(Context context, AudioManager manager, Handler handler,
            IntConsumer focusChanges) {
        this.manager = manager;
        focus = new AudioFocusRequest.Builder(AudioManager.AUDIOFOCUS_GAIN_TRANSIENT)
                .setAudioAttributes(new AudioAttributes.Builder()
                        .setUsage(AudioAttributes.USAGE_VOICE_COMMUNICATION)
                        .setContentType(AudioAttributes.CONTENT_TYPE_SPEECH)
                        .build())
                .setAcceptsDelayedFocusGain(true)
                .setOnAudioFocusChangeListener(focusChanges::accept, handler)
                .build();
        lock = proximityLock(context.getSystemService(PowerManager.class));
    }

    static AudioControl.Ports ports(Context context, Handler handler, IntConsumer focusChanges) {
        AudioManager manager = context.getSystemService(AudioManager.class);
        PlatformAudio audio = new PlatformAudio(context, manager, handler, focusChanges);
        return new AudioControl.Ports(backend(context, manager, handler), audio, audio, audio,
                new HandlerTimer(handler));
    }

    @ApiGuarded
    private static RouteBackend backend(Context context, AudioManager manager, Handler handler) {
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.S
                ? new RouteBackend31(manager, handler)
                : new RouteBackendLegacy(context, manager, handler);
    }

    private static PowerManager.WakeLock proximityLock(PowerManager power) {
        int level = PowerManager.PROXIMITY_SCREEN_OFF_WAKE_LOCK;
        if (!power.isWakeLockLevelSupported(level)) {
            return null;
        }
        PowerManager.WakeLock lock = power.newWakeLock(level, LOCK_TAG);
        lock.setReferenceCounted(false);
        return lock;
    }

    @Override
    public int request() {
        return manager.requestAudioFocus(focus);
    }

    @Override
    public void abandon() {
        manager.abandonAudioFocusRequest(focus);
    }

    @Override
    public int mode() {
        return manager.getMode();
    }

    @Override
    public void setMode(int mode) {
        manager.setMode(mode);
    }

    @Override
    public void hold(long millis) {
        if (lock != null) {
            lock.acquire(millis);
        }
    }

    /** At once, not when the sensor is free again: one that is covered or broken never is. */
    @Override
    public void release() {
        if (lock != null && lock.isHeld()) {
            lock.release();
        }
    }
}
