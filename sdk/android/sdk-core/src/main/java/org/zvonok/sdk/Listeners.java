package org.zvonok.sdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Who listens, and how they are told: by the app's executor, in order. Who begins to listen takes
 * its place among the events, so that nothing is told twice and nothing missed. A listener that
 * throws is logged and does not keep the others from being told.
 */
final class Listeners<T> {
    private static final class Entry<T> {
        final T listener;
        /** Has had its turn in the order of events; only on the executor. */
        boolean active;
        volatile boolean removed;

        Entry(T listener) {
            this.listener = listener;
        }
    }

    private final Executor executor;
    private final SdkLog log;
    private final List<Entry<T>> entries = new CopyOnWriteArrayList<>();

    Listeners(Platform platform) {
        executor = platform.callbacks();
        log = platform.log();
    }

    /**
     * Takes note of a listener, which hears nothing before `activate`. Null: it listens already.
     */
    Object add(T listener) {
        for (Entry<T> entry : entries) {
            if (entry.listener == listener) {
                return null;
            }
        }
        Entry<T> entry = new Entry<>(listener);
        entries.add(entry);
        return entry;
    }

    void remove(T listener) {
        for (Entry<T> entry : entries) {
            if (entry.listener == listener) {
                entry.removed = true;
                entries.remove(entry);
            }
        }
    }

    /**
     * From this place in the order of events on the listener is told; `first` is told to it alone.
     */
    @SuppressWarnings("unchecked")
    void activate(Object added, Consumer<T> first) {
        Entry<T> entry = (Entry<T>) added;
        execute(() -> {
            entry.active = true;
            call(entry, first);
        });
    }

    void tell(Consumer<T> event) {
        execute(() -> {
            for (Entry<T> entry : entries) {
                if (entry.active) {
                    call(entry, event);
                }
            }
        });
    }

    /** Runs something that is no event of these listeners in the same order. */
    void execute(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException e) {
            log.log(SdkLog.WARN, "zvonok", "the app's executor takes no events any more");
        }
    }

    private void call(Entry<T> entry, Consumer<T> event) {
        if (entry.removed) {
            return;
        }
        try {
            event.accept(entry.listener);
        } catch (RuntimeException e) {
            log.log(SdkLog.ERROR, "zvonok", "a listener threw " + e);
        }
    }
}
