package org.zvonok.sdk;

/** How a call ended. Immutable. */
public final class CallEnd {
    /** The three ways, as the protocol has them. */
    public enum Kind {
        /** As one of the sides wished. */
        FINISHED,
        /** The far end was busy. */
        BUSY,
        /** By a fault. */
        FAILED
    }

    private final Kind kind;
    private final SdkError reason;
    private final boolean byUs;

    /**
     * An end.
     *
     * @param kind which way
     * @param reason why, with the sentence for a person
     * @param byUs the wish to end it came from this side
     */
    public CallEnd(Kind kind, SdkError reason, boolean byUs) {
        this.kind = kind;
        this.reason = reason;
        this.byUs = byUs;
    }

    /** An end of the kind that the table says. */
    static CallEnd of(SdkError reason, boolean byUs) {
        CauseTable.Row row = CauseTable.find(reason.getCause());
        String outcome = row == null ? "FAILED" : row.outcome;
        return new CallEnd(kindOf(outcome), reason, byUs);
    }

    /** The kind behind the protocol's word; null: it is no end. */
    static Kind kindOf(String status) {
        switch (status) {
            case "FINISH":
                return Kind.FINISHED;
            case "BUSY":
                return Kind.BUSY;
            case "FAILED":
                return Kind.FAILED;
            default:
                return null;
        }
    }

    /**
     * Which way it ended.
     *
     * @return never null
     */
    public Kind getKind() {
        return kind;
    }

    /**
     * What went wrong.
     *
     * @return null after a normal end
     */
    public SdkError getError() {
        return reason.getCode() == ErrorCode.NONE ? null : reason;
    }

    /**
     * The SIP status behind it.
     *
     * @return 0: there is none
     */
    public int getSipStatus() {
        return reason.getSipStatus();
    }

    /**
     * What happened, as a sentence for a person.
     *
     * @return never empty
     */
    public String getText() {
        return reason.getSentence();
    }

    /**
     * The stable name of the cause, also of a normal end.
     *
     * @return such as {@code normal}
     */
    public String getCause() {
        return reason.getCause();
    }

    /**
     * Whether this side ended it.
     *
     * @return true after {@code hangup} or {@code disconnect}
     */
    public boolean isByUs() {
        return byUs;
    }

    @Override
    public String toString() {
        return kind + " " + reason;
    }
}
