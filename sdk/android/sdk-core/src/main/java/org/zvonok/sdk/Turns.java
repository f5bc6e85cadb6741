package org.zvonok.sdk;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Work on one call's media, one piece at a time: two exchanges of descriptions must not run into
 * each other. Each piece says when it is done.
 */
final class Turns {
    private final Queue<Consumer<Runnable>> waiting = new ArrayDeque<>();
    private boolean busy;
    private boolean closed;

    /** Runs work when all that was given before is done; it calls what it is given, once. */
    void take(Consumer<Runnable> work) {
        if (!closed) {
            waiting.add(work);
            next();
        }
    }

    /** Nothing runs any more. */
    void close() {
        waiting.clear();
        closed = true;
    }

    private void next() {
        Consumer<Runnable> work = busy ? null : waiting.poll();
        if (work == null) {
            return;
        }
        busy = true;
        boolean[] done = new boolean[1];
        work.accept(() -> {
            if (!done[0]) {
                done[0] = true;
                busy = false;
                next();
            }
        });
    }
}
