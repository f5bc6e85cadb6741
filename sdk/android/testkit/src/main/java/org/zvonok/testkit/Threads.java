package org.zvonok.testkit;

/** Threads with names, none of which keeps the program alive. */
final class Threads {
    private Threads() {}

    static Thread named(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
