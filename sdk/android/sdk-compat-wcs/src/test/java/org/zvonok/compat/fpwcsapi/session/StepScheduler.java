package org.zvonok.compat.fpwcsapi.session;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/** A clock that stands still until it is moved; everything runs on the thread that moves it. */
final class StepScheduler implements Scheduler {
    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>((a, b) -> Long.compare(a.dueMillis, b.dueMillis));
    private long nowMillis;

    @Override
    public long nowMillis() {
        return nowMillis;
    }

    @Override
    public void execute(Runnable work) {
        ready.add(work);
    }

    @Override
    public Cancellable schedule(Runnable work, long delayMillis) {
        Timer timer = new Timer(nowMillis + delayMillis, work);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /** Runs what waits, and what comes of it. */
    void settle() {
        while (!ready.isEmpty()) {
            ready.remove().run();
        }
    }

    void pass(long millis) {
        long endMillis = nowMillis + millis;
        settle();
        while (!timers.isEmpty() && timers.peek().dueMillis <= endMillis) {
            Timer next = timers.remove();
            nowMillis = Math.max(nowMillis, next.dueMillis);
            next.work.run();
            settle();
        }
        nowMillis = endMillis;
    }

    private static final class Timer {
        private final long dueMillis;
        private final Runnable work;

        Timer(long dueMillis, Runnable work) {
            this.dueMillis = dueMillis;
            this.work = work;
        }
    }
}
