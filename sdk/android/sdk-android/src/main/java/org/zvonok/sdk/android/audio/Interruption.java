package org.zvonok.sdk.android.audio;

/** Carries {@link InterruptionPolicy} out: from focus and mode to held and muted calls. */
final class Interruption {
    private final InterruptedCalls calls;
    private InterruptionPolicy policy = InterruptionPolicy.HOLD_ON_ANSWER;
    private boolean interrupted;
    private boolean held;
    private boolean muted;

    Interruption(InterruptedCalls calls) {
        this.calls = calls;
    }

    /** Takes effect at the next interruption. */
    void setPolicy(InterruptionPolicy policy) {
        this.policy = policy;
    }

    void onInterrupted(boolean is, boolean cellularCall) {
        interrupted = is;
        if (is) {
            if (policy == InterruptionPolicy.MUTE) {
                setMuted(true);
            }
            onCellularCall(cellularCall);
        } else {
            setHeld(false);
            setMuted(false);
        }
    }

    /**
     * Whether a cellular call runs; looked at from time to time, as the platform tells no event.
     */
    void onCellularCall(boolean runs) {
        if (runs && interrupted && policy == InterruptionPolicy.HOLD_ON_ANSWER) {
            setHeld(true);
        }
    }

    /** After the last call there is nothing to give back. */
    void stop() {
        interrupted = held = muted = false;
    }

    private void setHeld(boolean is) {
        if (held == is) {
            return;
        }
        held = is;
        calls.setHeld(is);
    }

    private void setMuted(boolean is) {
        if (muted == is) {
            return;
        }
        muted = is;
        calls.setMuted(is);
    }
}
