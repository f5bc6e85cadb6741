package org.zvonok.sdk;

/**
 * Why something ended, failed or was refused: for code a kind and a stable name, for a person a
 * sentence and what to do. Immutable.
 */
public final class SdkError {
    private final ErrorCode code;
    private final String cause;
    private final int sipStatus;
    private final String sentence;
    private final String remedy;
    private final String hop;
    private final String field;
    private final String fix;
    private final Throwable throwable;

    private SdkError(Builder from) {
        cause = from.cause;
        code = from.code;
        sipStatus = from.sipStatus;
        sentence = from.sentence;
        remedy = from.remedy;
        hop = from.hop;
        field = from.field;
        fix = from.fix;
        throwable = from.throwable;
    }

    /**
     * An error that was found here, with the texts of the table.
     *
     * @param cause a name of {@code api/causes.json}; another one gets the texts of {@code failed}
     * @return the error
     */
    public static SdkError of(String cause) {
        return builder(cause).build();
    }

    /**
     * An error with an exception behind it.
     *
     * @param cause a name of {@code api/causes.json}
     * @param throwable the exception
     * @return the error
     */
    public static SdkError of(String cause, Throwable throwable) {
        return builder(cause).throwable(throwable).build();
    }

    /**
     * Begins with the texts of the table.
     *
     * @param cause a name of {@code api/causes.json}
     * @return to be completed
     */
    public static Builder builder(String cause) {
        return new Builder(cause);
    }

    /**
     * The kind of fault.
     *
     * @return never null
     */
    public ErrorCode getCode() {
        return code;
    }

    /**
     * The stable name, such as {@code no_common_codec}: one of {@code api/causes.json}, or of a
     * later gateway.
     *
     * @return never null
     */
    public String getCause() {
        return cause;
    }

    /**
     * The SIP status behind it.
     *
     * @return 0: there is none
     */
    public int getSipStatus() {
        return sipStatus;
    }

    /**
     * What happened, as one sentence for a person.
     *
     * @return never empty
     */
    public String getSentence() {
        return sentence;
    }

    /**
     * What that person can do about it.
     *
     * @return empty: nothing
     */
    public String getRemedy() {
        return remedy;
    }

    /**
     * Where it happened.
     *
     * @return {@code client}, {@code gateway}, {@code sip_server}, {@code far_end}; empty: not
     *     known
     */
    public String getHop() {
        return hop;
    }

    /**
     * Whether trying again, unchanged, may help.
     *
     * @return true when it may
     */
    public boolean isRetryable() {
        return code.isRetryable();
    }

    /**
     * The field that is to blame, as the protocol names it.
     *
     * @return such as {@code sipLogin}; empty: none
     */
    public String getField() {
        return field;
    }

    /**
     * A value to put into that field instead.
     *
     * @return empty: none is known
     */
    public String getFix() {
        return fix;
    }

    /**
     * The exception behind it.
     *
     * @return null: none
     */
    public Throwable getThrowable() {
        return throwable;
    }

    @Override
    public String toString() {
        return cause + ": " + sentence + (remedy.isEmpty() ? "" : " " + remedy);
    }

    /** Makes an error. */
    public static final class Builder {
        private final String cause;
        private ErrorCode code;
        private int sipStatus;
        private String sentence;
        private String remedy;
        private String hop;
        private String field = "";
        private String fix = "";
        private Throwable throwable;

        private Builder(String cause) {
            CauseTable.Row row = CauseTable.find(cause);
            CauseTable.Row texts = row == null ? CauseTable.find("failed") : row;
            this.cause = cause;
            this.code = CauseCodes.codeOf(cause, texts.hop);
            this.sentence = texts.sentence;
            this.remedy = texts.remedy;
            this.hop = texts.hop;
        }

        /**
         * Another kind than the cause's own.
         *
         * @param code the kind
         * @return this
         */
        public Builder code(ErrorCode code) {
            this.code = code;
            return this;
        }

        /**
         * The SIP status behind it.
         *
         * @param sipStatus 0: none
         * @return this
         */
        public Builder sipStatus(int sipStatus) {
            this.sipStatus = sipStatus;
            return this;
        }

        /**
         * Another sentence than the table's.
         *
         * @param sentence an empty one changes nothing
         * @return this
         */
        public Builder sentence(String sentence) {
            if (!sentence.isEmpty()) {
                this.sentence = sentence;
            }
            return this;
        }

        /**
         * Another remedy than the table's.
         *
         * @param remedy may be empty
         * @return this
         */
        public Builder remedy(String remedy) {
            this.remedy = remedy;
            return this;
        }

        /**
         * Where it happened, if not where the table says.
         *
         * @param hop an empty one changes nothing
         * @return this
         */
        public Builder hop(String hop) {
            if (!hop.isEmpty()) {
                this.hop = hop;
            }
            return this;
        }

        /**
         * The field that is to blame.
         *
         * @param field as the protocol names it
         * @return this
         */
        public Builder field(String field) {
            this.field = field;
            return this;
        }

        /**
         * A value to try instead.
         *
         * @param fix may be empty
         * @return this
         */
        public Builder fix(String fix) {
            this.fix = fix;
            return this;
        }

        /**
         * The exception behind it.
         *
         * @param throwable may be null
         * @return this
         */
        public Builder throwable(Throwable throwable) {
            this.throwable = throwable;
            return this;
        }

        /**
         * Makes it.
         *
         * @return the error
         */
        public SdkError build() {
            return new SdkError(this);
        }
    }
}
