package org.zvonok.sdk.android.webrtc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/** A scheduler whose clock moves when a test says so. */
final class ManualScheduler implements Scheduler {
    private static final class Later {
        final long atMillis;
        final Runnable work;

        Later(long atMillis, Runnable work) {
            this.atMillis = atMillis;
            this.work = work;
        }
    }

    private final Deque<Runnable> ready = new ArrayDeque<>();
    private final List<Later> later = new ArrayList<>();
    private long now;

    @Override
    public long nowMillis() {
        return now;
    }

    @Override
    public void execute(Runnable work) {
        ready.add(work);
    }

    @Override
    public Cancellable schedule(Runnable work, long delayMillis) {
        Later one = new Later(now + delayMillis, work);
        later.add(one);
        return () -> later.remove(one);
    }

    void run() {
        while (!ready.isEmpty()) {
            ready.remove().run();
        }
    }

    void advance(long millis) {
        now += millis;
        for (Later one : new ArrayList<>(later)) {
            if (one.atMillis <= now && later.remove(one)) {
                ready.add(one.work);
            }
        }
        run();
    }
}
