package org.zvonok.sdk.android.audio;

import android.os.Handler;

/** A timer on the thread of a handler. */
final class HandlerTimer implements AudioTimer {
    private final Handler handler;
    private Runnable pending;

    HandlerTimer(Handler handler) {
        this.handler = handler;
    }

    @Override
    public void set(Runnable task, long delayMillis) {
        cancel();
        pending = task;
        handler.postDelayed(task, delayMillis);
    }

    @Override
    public void cancel() {
        if (pending != null) {
            handler.removeCallbacks(pending);
        }
        pending = null;
    }
}
