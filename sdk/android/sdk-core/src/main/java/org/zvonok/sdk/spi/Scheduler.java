package org.zvonok.sdk.spi;

/**
 * One thread with a clock. Everything that the core decides is decided on it, one piece of work
 * after the other, so that no decision needs a lock. All methods may be called on any thread and do
 * not block.
 */
public interface Scheduler {
    /**
     * Tells the time.
     *
     * @return milliseconds of a clock that never goes backwards; its zero means nothing
     */
    long nowMillis();

    /**
     * Runs work on the thread, after all that was handed over before.
     *
     * @param work what to do
     */
    void execute(Runnable work);

    /**
     * Runs work on the thread later.
     *
     * @param work what to do
     * @param delayMillis after how many milliseconds; 0 or less: as soon as possible
     * @return calls it off
     */
    Cancellable schedule(Runnable work, long delayMillis);
}
