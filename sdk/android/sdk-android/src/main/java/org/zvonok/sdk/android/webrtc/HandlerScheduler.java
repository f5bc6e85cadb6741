package org.zvonok.sdk.android.webrtc;

import android.os.Handler;
import android.os.SystemClock;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/** The thread of a handler as a scheduler. */
final class HandlerScheduler implements Scheduler {
    private final Handler handler;

    HandlerScheduler(Handler handler) {
        this.handler = handler;
    }

    @Override
    public long nowMillis() {
        return SystemClock.elapsedRealtime();
    }

    @Override
    public void execute(Runnable work) {
        handler.post(work);
    }

    @Override
    public Cancellable schedule(Runnable work, long delayMillis) {
        Runnable own = work::run; // of its own, so that calling it off concerns no other
        handler.postDelayed(own, Math.max(0, delayMillis));
        return () -> handler.removeCallbacks(own);
    }
}
