package org.zvonok.sdk.net;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of sockets: none keeps a process alive. */
final class Threads {
    private static final ScheduledThreadPoolExecutor TIMER =
            new ScheduledThreadPoolExecutor(1, work -> make("zvonok-ws-timer", work));

    static {
        TIMER.setKeepAliveTime(10, TimeUnit.SECONDS);
        TIMER.allowCoreThreadTimeOut(true);
    }

    private Threads() {
    }

    static void start(String name, Runnable work) {
        make(name, work).start();
    }

    static void later(long millis, Runnable work) {
        TIMER.schedule(work, millis, TimeUnit.MILLISECONDS);
    }

    private static Thread make(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
