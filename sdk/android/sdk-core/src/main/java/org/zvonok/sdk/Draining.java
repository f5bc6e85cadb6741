package org.zvonok.sdk;

/**
 * A gateway that is about to stop or to restart: it takes no new calls and lets those that there
 * are end. Immutable.
 */
public final class Draining {
    private final long leftMillis;
    private final SdkError reason;

    Draining(long leftMillis, SdkError reason) {
        this.leftMillis = leftMillis;
        this.reason = reason;
    }

    /**
     * How long the session's calls could go on when the gateway told.
     *
     * @return milliseconds; 0: the session has none, and its gateway keeps it no longer
     */
    public long getLeftMillis() {
        return leftMillis;
    }

    /**
     * The gateway's reason, with a sentence for a person and what to do.
     *
     * @return never null
     */
    public SdkError getReason() {
        return reason;
    }

    @Override
    public String toString() {
        return reason + " (" + leftMillis + " ms left)";
    }
}
