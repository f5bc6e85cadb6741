package org.zvonok.sdk.net;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * What waits to be written to a socket, and the thread that writes it. Bounded: a socket that takes
 * nothing any more is cut, not waited for. After the last frame the other side has a moment to
 * close its end, then the socket is cut as well.
 */
final class Outbox implements Runnable {
    private static final int MAX_BYTES = 4 << 20;
    private static final int MAX_FRAMES = 1_024;
    private static final long GOOD_BYE_MILLIS = 2_000;

    private final Runnable cut;
    private final Object lock = new Object();
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private int bytes;
    private boolean finished;
    private boolean stopped;
    private OutputStream out;

    Outbox(Runnable cut) {
        this.cut = cut;
    }

    /** The socket is open; what was put before goes out first. */
    void start(OutputStream to) {
        synchronized (lock) {
            if (stopped) {
                return;
            }
            out = to;
        }
        Threads.start("zvonok-ws-out", this);
    }

    boolean isStarted() {
        synchronized (lock) {
            return out != null;
        }
    }

    void put(byte[] frame) {
        boolean isFull;
        synchronized (lock) {
            if (finished || stopped) {
                return;
            }
            isFull = bytes + frame.length > MAX_BYTES || waiting.size() >= MAX_FRAMES;
            if (!isFull) {
                add(frame);
            }
        }
        if (isFull) {
            cut.run();
        }
    }

    /** The last frame; a socket that does not take it in time is cut. */
    void finish(byte[] last) {
        synchronized (lock) {
            if (finished || stopped) {
                return;
            }
            add(last);
            finished = true;
        }
        Threads.later(GOOD_BYE_MILLIS, () -> {
            stop();
            cut.run();
        });
    }

    /** The socket is gone. */
    void stop() {
        synchronized (lock) {
            stopped = true;
            waiting.clear();
            lock.notifyAll();
        }
    }

    private void add(byte[] frame) {
        waiting.add(frame);
        bytes += frame.length;
        lock.notifyAll();
    }

    @Override
    public void run() {
        try {
            for (byte[] frame = take(); frame != null; frame = take()) {
                out.write(frame);
                out.flush();
            }
        } catch (IOException e) {
            stop();
            cut.run(); // the reading thread tells
        }
    }

    /** Null: nothing follows. */
    private byte[] take() {
        synchronized (lock) {
            while (waiting.isEmpty() && !finished && !stopped) {
                try {
                    lock.wait(TimeUnit.MINUTES.toMillis(1));
                } catch (InterruptedException e) {
                    return null;
                }
            }
            byte[] frame = waiting.poll();
            bytes -= frame == null ? 0 : frame.length;
            return frame;
        }
    }
}
