package org.zvonok.sdk;

import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/**
 * One wait at a time, which stands still while the gateway is away: what it waits for cannot come.
 */
final class Deadline {
    private final Scheduler scheduler;
    private long millis;
    private Runnable action;
    private boolean paused;
    private Cancellable timer;

    Deadline(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    boolean isSet() {
        return action != null;
    }

    /** Runs an action after so many milliseconds, in place of what was set before. */
    void set(long afterMillis, Runnable newAction) {
        stop();
        millis = afterMillis;
        action = newAction;
        start();
    }

    void clear() {
        stop();
        action = null;
    }

    void pause() {
        paused = true;
        stop();
    }

    /** The whole wait begins again. */
    void resume() {
        if (paused) {
            paused = false;
            start();
        }
    }

    private void start() {
        if (action != null && !paused) {
            Runnable armed = action;
            Cancellable[] own = new Cancellable[1];
            own[0] = scheduler.schedule(() -> fire(armed, own[0]), millis);
            timer = own[0];
        }
    }

    /** A timer that was called off too late to be stopped does nothing. */
    private void fire(Runnable armed, Cancellable own) {
        if (own == null || timer != own || action != armed) {
            return;
        }
        timer = null;
        action = null;
        armed.run();
    }

    private void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
