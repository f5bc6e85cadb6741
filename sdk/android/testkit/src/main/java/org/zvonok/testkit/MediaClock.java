package org.zvonok.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The time that microphones and cameras have by themselves: every 10 ms each source gives what is
 * due. It is a thread of its own, so that a peer connection that takes long over a description
 * makes no gap in another one's sound.
 */
final class MediaClock implements AutoCloseable {
    static final int TICKS_PER_SECOND = 100;

    /** What is asked every 10 ms, on the clock's thread. */
    interface Source {
        void tick();
    }

    private final List<Source> sources = new ArrayList<>();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(r -> Threads.named(r, "zvonok-media-clock"));

    MediaClock() {
        thread.scheduleAtFixedRate(this::tick, 0, 1000 / TICKS_PER_SECOND, TimeUnit.MILLISECONDS);
    }

    synchronized void add(Source source) {
        sources.add(source);
    }

    /** When this returns the source is not being asked, and never will be again. */
    synchronized void remove(Source source) {
        sources.remove(source);
    }

    private synchronized void tick() {
        for (Source source : sources) {
            source.tick();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
