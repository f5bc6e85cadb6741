package org.zvonok.sdk.test;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/**
 * A scheduler that runs in the test's thread, and whose clock moves only when it is told to. What
 * is due at the same moment runs in the order of asking.
 */
public final class VirtualScheduler implements Scheduler {
    private static final class Timer {
        final long at;
        final long number;
        final Runnable work;
        boolean off;

        Timer(long at, long number, Runnable work) {
            this.at = at;
            this.number = number;
            this.work = work;
        }
    }

    /** Runs once, in the thread that brings the next work and before that is taken; or null. */
    public Runnable interruption;

    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(
            Comparator.<Timer>comparingLong(timer -> timer.at)
                    .thenComparingLong(timer -> timer.number));
    private long now;
    private long numbers;
    private long mostReady;

    /** A clock at 0, with nothing to do. */
    public VirtualScheduler() {
    }

    @Override
    public long nowMillis() {
        return now;
    }

    @Override
    public void execute(Runnable work) {
        Runnable first = interruption;
        interruption = null;
        if (first != null) {
            first.run();
        }
        ready.add(work);
        mostReady = Math.max(mostReady, ready.size());
    }

    @Override
    public Cancellable schedule(Runnable work, long delayMillis) {
        Timer timer = new Timer(now + Math.max(0, delayMillis), numbers++, work);
        timers.add(timer);
        return () -> {
            timer.off = true;
            timers.remove(timer);
        };
    }

    /** Runs what is due now, and what that makes due, without moving the clock. */
    public void run() {
        while (true) {
            Runnable work = ready.poll();
            if (work == null) {
                Timer timer = timers.peek();
                if (timer == null || timer.at > now) {
                    return;
                }
                timers.poll();
                work = timer.off ? () -> { } : timer.work;
            }
            work.run();
        }
    }

    /**
     * Moves the clock, and runs what becomes due on the way at its own moment.
     *
     * @param millis how far
     */
    public void advance(long millis) {
        long end = now + millis;
        run();
        while (!timers.isEmpty() && timers.peek().at <= end) {
            now = timers.peek().at;
            run();
        }
        now = end;
    }

    /**
     * How many timers wait.
     *
     * @return 0: nothing will happen by itself any more
     */
    public int waiting() {
        return timers.size();
    }

    /**
     * When the next timer is due.
     *
     * @return milliseconds from now; -1: none waits
     */
    public long next() {
        return timers.isEmpty() ? -1 : Math.max(0, timers.peek().at - now);
    }

    /**
     * The longest that the queue of work ever was.
     *
     * @return pieces of work
     */
    public long mostReady() {
        return mostReady;
    }
}
