package org.zvonok.sdk;

/**
 * Every wait of the SDK, and how it presents itself. No state but the final ones lasts longer than
 * its limit. Immutable.
 */
public final class SdkConfig {
    private final int connectMillis;
    private final int registerMillis;
    private final int silenceMillis;
    private final int pauseMillis;
    private final int probeMillis;
    private final int movedMillis;
    private final int resumeMillis;
    private final int firstReturnMillis;
    private final int longestReturnMillis;
    private final int setupMillis;
    private final int gatheringMillis;
    private final int tryingMillis;
    private final int noSignMillis;
    private final int ringMillis;
    private final int incomingMillis;
    private final int answerMillis;
    private final int mediaMillis;
    private final int updateMillis;
    private final int retryMillis;
    private final int repairMillis;
    private final int holdMillis;
    private final int hangupMillis;
    private final boolean spaceInAuthName;
    private final String clientVersion;
    private final String clientOsVersion;

    private SdkConfig(Builder from) {
        connectMillis = from.connectMillis;
        registerMillis = from.registerMillis;
        silenceMillis = from.silenceMillis;
        pauseMillis = from.pauseMillis;
        probeMillis = from.probeMillis;
        movedMillis = from.movedMillis;
        resumeMillis = from.resumeMillis;
        firstReturnMillis = from.firstReturnMillis;
        longestReturnMillis = from.longestReturnMillis;
        setupMillis = from.setupMillis;
        gatheringMillis = from.gatheringMillis;
        tryingMillis = from.tryingMillis;
        noSignMillis = from.noSignMillis;
        ringMillis = from.ringMillis;
        incomingMillis = from.incomingMillis;
        answerMillis = from.answerMillis;
        mediaMillis = from.mediaMillis;
        updateMillis = from.updateMillis;
        retryMillis = from.retryMillis;
        repairMillis = from.repairMillis;
        holdMillis = from.holdMillis;
        hangupMillis = from.hangupMillis;
        spaceInAuthName = from.spaceInAuthName;
        clientVersion = from.clientVersion;
        clientOsVersion = from.clientOsVersion;
    }

    /**
     * Begins with what suits most.
     *
     * @return to be changed
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * From {@code connect} until the socket is open and the gateway has taken the account.
     *
     * @return milliseconds
     */
    public int getConnectMillis() {
        return connectMillis;
    }

    /**
     * From there until the SIP server's verdict; the gateway's own bound is 32 s.
     *
     * @return milliseconds
     */
    public int getRegisterMillis() {
        return registerMillis;
    }

    /**
     * Without a message for half this time the gateway is asked, after all of it it counts as gone.
     *
     * @return milliseconds
     */
    public int getSilenceMillis() {
        return silenceMillis;
    }

    /**
     * The same where a lost connection can be resumed, so that losing one too early costs little.
     *
     * @return milliseconds
     */
    public int getPauseMillis() {
        return pauseMillis;
    }

    /**
     * For a sign of life when there is reason to doubt the connection.
     *
     * @return milliseconds
     */
    public int getProbeMillis() {
        return probeMillis;
    }

    /**
     * The same when the network has changed and a lost connection can be resumed.
     *
     * @return milliseconds
     */
    public int getMovedMillis() {
        return movedMillis;
    }

    /**
     * For the session to return after a loss.
     *
     * @return milliseconds
     */
    public int getResumeMillis() {
        return resumeMillis;
    }

    /**
     * The first wait before the session tries to return; each further one is twice as long.
     *
     * @return milliseconds
     */
    public int getFirstReturnMillis() {
        return firstReturnMillis;
    }

    /**
     * The longest of those waits.
     *
     * @return milliseconds
     */
    public int getLongestReturnMillis() {
        return longestReturnMillis;
    }

    /**
     * For each step of the media engine.
     *
     * @return milliseconds
     */
    public int getSetupMillis() {
        return setupMillis;
    }

    /**
     * For gathering candidates, within a step of the media engine.
     *
     * @return milliseconds
     */
    public int getGatheringMillis() {
        return gatheringMillis;
    }

    /**
     * From the call message until the gateway's first word about it.
     *
     * @return milliseconds
     */
    public int getTryingMillis() {
        return tryingMillis;
    }

    /**
     * From there until a sign of the far end; the gateway's own bound is 32 s.
     *
     * @return milliseconds
     */
    public int getNoSignMillis() {
        return noSignMillis;
    }

    /**
     * From there until the answer; the gateway's own bound is 180 s.
     *
     * @return milliseconds
     */
    public int getRingMillis() {
        return ringMillis;
    }

    /**
     * An incoming call that nobody answers; the gateway's own bound is 60 s.
     *
     * @return milliseconds
     */
    public int getIncomingMillis() {
        return incomingMillis;
    }

    /**
     * From the local answer until the gateway's confirmation.
     *
     * @return milliseconds
     */
    public int getAnswerMillis() {
        return answerMillis;
    }

    /**
     * From the exchange of the descriptions until sound can flow; the gateway's own bound is 15 s.
     *
     * @return milliseconds
     */
    public int getMediaMillis() {
        return mediaMillis;
    }

    /**
     * From an offer to renew a call's media until the gateway's answer.
     *
     * @return milliseconds
     */
    public int getUpdateMillis() {
        return updateMillis;
    }

    /**
     * Between two attempts to find a new path for a call's media.
     *
     * @return milliseconds
     */
    public int getRetryMillis() {
        return retryMillis;
    }

    /**
     * From the loss of a call's media until it is back, while the gateway is there.
     *
     * @return milliseconds
     */
    public int getRepairMillis() {
        return repairMillis;
    }

    /**
     * From {@code hold} or {@code unhold} until the far end has agreed; the gateway's own bound is
     * 32 s.
     *
     * @return milliseconds
     */
    public int getHoldMillis() {
        return holdMillis;
    }

    /**
     * From the local hang-up until the gateway's confirmation.
     *
     * @return milliseconds
     */
    public int getHangupMillis() {
        return hangupMillis;
    }

    /**
     * Whether a blank is allowed in the authentication name.
     *
     * @return false: it is refused before anything is sent
     */
    public boolean isSpaceInAuthNameAllowed() {
        return spaceInAuthName;
    }

    /**
     * Name and version that the gateway is told.
     *
     * @return such as {@code zvonok-android 0.1}
     */
    public String getClientVersion() {
        return clientVersion;
    }

    /**
     * The system that the gateway is told.
     *
     * @return such as {@code Android 15}; may be empty
     */
    public String getClientOsVersion() {
        return clientOsVersion;
    }


    /** Makes a configuration. */
    public static final class Builder {
        private int connectMillis = 15_000;
        private int registerMillis = 40_000;
        private int silenceMillis = 30_000;
        private int pauseMillis = 12_000;
        private int probeMillis = 3_000;
        private int movedMillis = 1_500;
        private int resumeMillis = 60_000;
        private int firstReturnMillis = 300;
        private int longestReturnMillis = 5_000;
        private int setupMillis = 10_000;
        private int gatheringMillis = 2_000;
        private int tryingMillis = 10_000;
        private int noSignMillis = 45_000;
        private int ringMillis = 240_000;
        private int incomingMillis = 90_000;
        private int answerMillis = 20_000;
        private int mediaMillis = 20_000;
        private int updateMillis = 10_000;
        private int retryMillis = 5_000;
        private int repairMillis = 45_000;
        private int holdMillis = 40_000;
        private int hangupMillis = 5_000;
        private boolean spaceInAuthName;
        private String clientVersion = "zvonok-android 0.1";
        private String clientOsVersion = "";

        private Builder() {
        }

        /**
         * From {@code connect} until the socket is open and the gateway has taken the account.
         *
         * @param connectMillis milliseconds
         * @return this
         */
        public Builder connectMillis(int connectMillis) {
            this.connectMillis = Limits.positive("connectMillis", connectMillis);
            return this;
        }

        /**
         * From there until the SIP server's verdict; the gateway's own bound is 32 s.
         *
         * @param registerMillis milliseconds
         * @return this
         */
        public Builder registerMillis(int registerMillis) {
            this.registerMillis = Limits.positive("registerMillis", registerMillis);
            return this;
        }

        /**
         * Without a message for half this time the gateway is asked, after all of it it counts as
         * gone.
         *
         * @param silenceMillis milliseconds
         * @return this
         */
        public Builder silenceMillis(int silenceMillis) {
            this.silenceMillis = Limits.positive("silenceMillis", silenceMillis);
            return this;
        }

        /**
         * The same where a lost connection can be resumed, so that losing one too early costs
         * little.
         *
         * @param pauseMillis milliseconds
         * @return this
         */
        public Builder pauseMillis(int pauseMillis) {
            this.pauseMillis = Limits.positive("pauseMillis", pauseMillis);
            return this;
        }

        /**
         * For a sign of life when there is reason to doubt the connection.
         *
         * @param probeMillis milliseconds
         * @return this
         */
        public Builder probeMillis(int probeMillis) {
            this.probeMillis = Limits.positive("probeMillis", probeMillis);
            return this;
        }

        /**
         * The same when the network has changed and a lost connection can be resumed.
         *
         * @param movedMillis milliseconds
         * @return this
         */
        public Builder movedMillis(int movedMillis) {
            this.movedMillis = Limits.positive("movedMillis", movedMillis);
            return this;
        }

        /**
         * For the session to return after a loss.
         *
         * @param resumeMillis milliseconds
         * @return this
         */
        public Builder resumeMillis(int resumeMillis) {
            this.resumeMillis = Limits.positive("resumeMillis", resumeMillis);
            return this;
        }

        /**
         * The first wait before the session tries to return; each further one is twice as long.
         *
         * @param firstReturnMillis milliseconds
         * @return this
         */
        public Builder firstReturnMillis(int firstReturnMillis) {
            this.firstReturnMillis = Limits.positive("firstReturnMillis", firstReturnMillis);
            return this;
        }

        /**
         * The longest of those waits.
         *
         * @param longestReturnMillis milliseconds
         * @return this
         */
        public Builder longestReturnMillis(int longestReturnMillis) {
            this.longestReturnMillis = Limits.positive("longestReturnMillis", longestReturnMillis);
            return this;
        }

        /**
         * For each step of the media engine.
         *
         * @param setupMillis milliseconds
         * @return this
         */
        public Builder setupMillis(int setupMillis) {
            this.setupMillis = Limits.positive("setupMillis", setupMillis);
            return this;
        }

        /**
         * For gathering candidates, within a step of the media engine.
         *
         * @param gatheringMillis milliseconds
         * @return this
         */
        public Builder gatheringMillis(int gatheringMillis) {
            this.gatheringMillis = Limits.positive("gatheringMillis", gatheringMillis);
            return this;
        }

        /**
         * From the call message until the gateway's first word about it.
         *
         * @param tryingMillis milliseconds
         * @return this
         */
        public Builder tryingMillis(int tryingMillis) {
            this.tryingMillis = Limits.positive("tryingMillis", tryingMillis);
            return this;
        }

        /**
         * From there until a sign of the far end; the gateway's own bound is 32 s.
         *
         * @param noSignMillis milliseconds
         * @return this
         */
        public Builder noSignMillis(int noSignMillis) {
            this.noSignMillis = Limits.positive("noSignMillis", noSignMillis);
            return this;
        }

        /**
         * From there until the answer; the gateway's own bound is 180 s.
         *
         * @param ringMillis milliseconds
         * @return this
         */
        public Builder ringMillis(int ringMillis) {
            this.ringMillis = Limits.positive("ringMillis", ringMillis);
            return this;
        }

        /**
         * An incoming call that nobody answers; the gateway's own bound is 60 s.
         *
         * @param incomingMillis milliseconds
         * @return this
         */
        public Builder incomingMillis(int incomingMillis) {
            this.incomingMillis = Limits.positive("incomingMillis", incomingMillis);
            return this;
        }

        /**
         * From the local answer until the gateway's confirmation.
         *
         * @param answerMillis milliseconds
         * @return this
         */
        public Builder answerMillis(int answerMillis) {
            this.answerMillis = Limits.positive("answerMillis", answerMillis);
            return this;
        }

        /**
         * From the exchange of the descriptions until sound can flow; the gateway's own bound is 15
         * s.
         *
         * @param mediaMillis milliseconds
         * @return this
         */
        public Builder mediaMillis(int mediaMillis) {
            this.mediaMillis = Limits.positive("mediaMillis", mediaMillis);
            return this;
        }

        /**
         * From an offer to renew a call's media until the gateway's answer.
         *
         * @param updateMillis milliseconds
         * @return this
         */
        public Builder updateMillis(int updateMillis) {
            this.updateMillis = Limits.positive("updateMillis", updateMillis);
            return this;
        }

        /**
         * Between two attempts to find a new path for a call's media.
         *
         * @param retryMillis milliseconds
         * @return this
         */
        public Builder retryMillis(int retryMillis) {
            this.retryMillis = Limits.positive("retryMillis", retryMillis);
            return this;
        }

        /**
         * From the loss of a call's media until it is back, while the gateway is there.
         *
         * @param repairMillis milliseconds
         * @return this
         */
        public Builder repairMillis(int repairMillis) {
            this.repairMillis = Limits.positive("repairMillis", repairMillis);
            return this;
        }

        /**
         * From {@code hold} or {@code unhold} until the far end has agreed; the gateway's own bound
         * is 32 s.
         *
         * @param holdMillis milliseconds
         * @return this
         */
        public Builder holdMillis(int holdMillis) {
            this.holdMillis = Limits.positive("holdMillis", holdMillis);
            return this;
        }

        /**
         * From the local hang-up until the gateway's confirmation.
         *
         * @param hangupMillis milliseconds
         * @return this
         */
        public Builder hangupMillis(int hangupMillis) {
            this.hangupMillis = Limits.positive("hangupMillis", hangupMillis);
            return this;
        }

        /**
         * Allows a blank in the authentication name, for a gateway that is set so as well.
         *
         * @param allowed true: it is sent
         * @return this
         */
        public Builder allowSpaceInAuthName(boolean allowed) {
            this.spaceInAuthName = allowed;
            return this;
        }

        /**
         * Name and version that the gateway is told.
         *
         * @param clientVersion such as {@code zvonok-android 0.1}
         * @return this
         */
        public Builder clientVersion(String clientVersion) {
            this.clientVersion = Texts.orEmpty(clientVersion);
            return this;
        }

        /**
         * The system that the gateway is told.
         *
         * @param clientOsVersion such as {@code Android 15}; may be empty
         * @return this
         */
        public Builder clientOsVersion(String clientOsVersion) {
            this.clientOsVersion = Texts.orEmpty(clientOsVersion);
            return this;
        }

        /**
         * Makes it.
         *
         * @return the configuration
         */
        public SdkConfig build() {
            return new SdkConfig(this);
        }
    }
}
