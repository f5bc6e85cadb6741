package org.zvonok.sdk.android.audio;

/** What becomes of our calls when another call, of the cellular network, takes the sound. */
public enum InterruptionPolicy {
    /** Held when the other call is answered, not while it rings; taken back when it is over. */
    HOLD_ON_ANSWER,
    /** The far end hears nothing from the other call's first ring to its end. */
    MUTE,
    /** Nothing; the platform may still silence the microphone. */
    IGNORE
}
