package org.zvonok.sdk;

/** What the gateway has found wrong with the media of a call that goes on. Immutable. */
public final class Verdict {
    /** How grave it is. */
    public enum Severity {
        /** Good to know. */
        INFO,
        /** It can be heard. */
        WARNING,
        /** One side does not hear or see the other. */
        ERROR
    }

    private final Leg leg;
    private final String code;
    private final Severity severity;
    private final String text;
    private final String remedy;
    private final long sinceMillis;

    /**
     * A finding.
     *
     * @param leg where
     * @param code stable name
     * @param severity how grave
     * @param text a sentence for a person
     * @param remedy what to do; may be empty
     * @param sinceMillis for how long it had been so
     */
    public Verdict(Leg leg, String code, Severity severity, String text, String remedy,
            long sinceMillis) {
        this.leg = leg;
        this.code = code;
        this.severity = severity;
        this.text = text;
        this.remedy = remedy;
        this.sinceMillis = sinceMillis;
    }

    /**
     * Where it is wrong.
     *
     * @return the leg
     */
    public Leg getLeg() {
        return leg;
    }

    /**
     * The stable name.
     *
     * @return one of {@link VerdictTable#CODES}, or of a later gateway
     */
    public String getCode() {
        return code;
    }

    /**
     * How grave it is.
     *
     * @return the severity
     */
    public Severity getSeverity() {
        return severity;
    }

    /**
     * What is wrong, as one sentence for a person.
     *
     * @return never empty
     */
    public String getText() {
        return text;
    }

    /**
     * What can be done about it.
     *
     * @return empty: nothing
     */
    public String getRemedy() {
        return remedy;
    }

    /**
     * For how long it had been so when the gateway told.
     *
     * @return milliseconds
     */
    public long getSinceMillis() {
        return sinceMillis;
    }

    @Override
    public String toString() {
        return severity + " " + code + " (" + leg + "): " + text;
    }
}
