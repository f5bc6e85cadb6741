package org.zvonok.sdk.net;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.SdkLog;

/**
 * The default scheduler: one daemon thread, {@code zvonok-sig}. Work that throws is logged and does
 * not stop the thread. After {@link #close} work is dropped.
 */
public final class ThreadScheduler implements Scheduler, AutoCloseable {
    private final ScheduledThreadPoolExecutor executor;
    private final SdkLog log;

    /**
     * Starts with the first work.
     *
     * @param log where it is written when work throws; null: nowhere
     */
    public ThreadScheduler(SdkLog log) {
        this.log = log;
        executor = new ScheduledThreadPoolExecutor(1, threads());
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private static ThreadFactory threads() {
        return work -> {
            Thread thread = new Thread(work, "zvonok-sig");
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public void execute(Runnable work) {
        schedule(work, 0);
    }

    @Override
    public Cancellable schedule(Runnable work, long delayMillis) {
        try {
            long delay = Math.max(0, delayMillis);
            Future<?> future = executor.schedule(() -> run(work), delay, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException closed) {
            return () -> { };
        }
    }

    /** Ends the thread when the work that is under way is done. */
    @Override
    public void close() {
        executor.shutdown();
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            if (log != null) {
                log.log(SdkLog.ERROR, "zvonok", "work of the SDK threw " + e);
            }
        }
    }
}
