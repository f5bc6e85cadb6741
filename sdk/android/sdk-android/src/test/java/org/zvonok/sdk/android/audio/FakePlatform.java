package org.zvonok.sdk.android.audio;

import android.media.AudioManager;
import java.util.EnumSet;
import java.util.Set;

/** A phone's audio that does what a test says. */
final class FakePlatform implements RouteBackend, FocusController.Port, ModeKeeper.Port,
        ProximityLock.Port, AudioTimer {
    Set<AudioRoute> devices = EnumSet.of(AudioRoute.EARPIECE, AudioRoute.SPEAKER);
    /** Routes that cannot be set up. */
    final Set<AudioRoute> broken = EnumSet.noneOf(AudioRoute.class);
    RouteBackend.Listener listener;
    AudioRoute used;
    int uses;
    int mode = AudioManager.MODE_NORMAL;
    int modesSet;
    int focusAnswer = AudioManager.AUDIOFOCUS_REQUEST_GRANTED;
    int focusRequests;
    boolean hasFocus;
    boolean screenOff;
    int holds;
    Runnable task;
    RuntimeException stopFailure;

    AudioControl.Ports ports() {
        return new AudioControl.Ports(this, this, this, this, this);
    }

    /** The timer rings. */
    void tick() {
        Runnable due = task;
        task = null;
        due.run();
    }

    void change(AudioRoute... present) {
        devices = EnumSet.noneOf(AudioRoute.class);
        for (AudioRoute one : present) {
            devices.add(one);
        }
        listener.onDevices();
    }

    @Override
    public void start(RouteBackend.Listener listener) {
        this.listener = listener;
    }

    @Override
    public Set<AudioRoute> devices() {
        return devices;
    }

    @Override
    public void use(AudioRoute route) {
        uses++;
        if (broken.contains(route)) {
            listener.onRouteFailed(route);
        } else {
            used = route;
        }
    }

    @Override
    public void stop() {
        listener = null;
        used = null;
        if (stopFailure != null) {
            throw stopFailure;
        }
    }

    @Override
    public int request() {
        focusRequests++;
        hasFocus = focusAnswer == AudioManager.AUDIOFOCUS_REQUEST_GRANTED;
        return focusAnswer;
    }

    @Override
    public void abandon() {
        hasFocus = false;
    }

    @Override
    public int mode() {
        return mode;
    }

    @Override
    public void setMode(int mode) {
        modesSet++;
        this.mode = mode;
    }

    @Override
    public void hold(long millis) {
        holds++;
        screenOff = true;
    }

    @Override
    public void release() {
        screenOff = false;
    }

    @Override
    public void set(Runnable task, long delayMillis) {
        this.task = task;
    }

    @Override
    public void cancel() {
        task = null;
    }
}
