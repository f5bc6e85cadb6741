package org.zvonok.sdk.android.audio;

/** One timer of the thread that audio is managed on; setting it again replaces what was set. */
interface AudioTimer {
    void set(Runnable task, long delayMillis);

    void cancel();
}
