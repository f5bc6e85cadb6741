package org.zvonok.sdk;

/** What the gateway tells of a call that has ended, beside the end itself. Immutable. */
public final class EndReport {
    private final SdkError reason;
    private final String traceId;
    private final String ladder;

    EndReport(SdkError reason, String traceId, String ladder) {
        this.reason = reason;
        this.traceId = traceId;
        this.ladder = ladder;
    }

    /**
     * The gateway's reason. The call's own may be another one, where the fault was found here.
     *
     * @return never null; of code {@code NONE} after a normal end
     */
    public SdkError getReason() {
        return reason;
    }

    /**
     * The call's number in the gateway, by which its operator finds it.
     *
     * @return empty: it has none
     */
    public String getTraceId() {
        return traceId;
    }

    /**
     * The call's messages as lines of text for a fixed-width font.
     *
     * @return empty: the gateway keeps no traces
     */
    public String getLadder() {
        return ladder;
    }
}
