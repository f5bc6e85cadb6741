package org.zvonok.sdk;

/** How something ended that takes its time: one of the two, once, on the scheduler's thread. */
interface Outcome<T> {
    void onValue(T value);

    void onError(SdkError error);
}
