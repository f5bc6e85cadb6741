package org.zvonok.sdk.android.audio;

/** The calls that an interruption concerns; told on the main thread. */
public interface InterruptedCalls {
    /**
     * Another call has the sound, or it is free again.
     *
     * @param held true: hold all that run; false: take back those that were held so
     */
    void setHeld(boolean held);

    /**
     * Another call has the sound, or it is free again.
     *
     * @param muted true: mute all that are not; false: unmute those that were muted so
     */
    void setMuted(boolean muted);
}
