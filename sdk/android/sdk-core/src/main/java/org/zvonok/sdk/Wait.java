package org.zvonok.sdk;

/**
 * Every wait of the SDK. No state but the final ones lasts longer than its own;
 * {@link SdkConfig.Builder#limit} sets another time.
 */
public enum Wait {
    /** From {@code connect} until the socket is open and the gateway has taken the account. */
    CONNECT(15_000),
    /** From there until the SIP server's verdict; the gateway's own bound is 32 s. */
    REGISTER(40_000),
    /**
     * Without a message for half this time the gateway is asked, after all of it it counts as gone.
     */
    SILENCE(30_000),
    /**
     * The same where a lost connection can be resumed, so that losing one too early costs little.
     */
    PAUSE(12_000),
    /** For a sign of life when there is reason to doubt the connection. */
    PROBE(3_000),
    /** The same when the network has changed and a lost connection can be resumed. */
    MOVED(1_500),
    /** For the session to return after a loss. */
    RESUME(60_000),
    /** The first wait before the session tries to return; each further one is twice as long. */
    FIRST_RETURN(300),
    /** The longest of those waits. */
    LONGEST_RETURN(5_000),
    /** For each step of the media engine. */
    SETUP(10_000),
    /** For gathering candidates, within a step of the media engine. */
    GATHERING(2_000),
    /** From the call message until the gateway's first word about it. */
    TRYING(10_000),
    /** From there until a sign of the far end; the gateway's own bound is 32 s. */
    NO_SIGN(45_000),
    /** From there until the answer; the gateway's own bound is 180 s. */
    RING(240_000),
    /** An incoming call that nobody answers; the gateway's own bound is 60 s. */
    INCOMING(90_000),
    /** From the local answer until the gateway's confirmation. */
    ANSWER(20_000),
    /**
     * From the exchange of the descriptions until sound can flow; the gateway's own bound is 15 s.
     */
    MEDIA(20_000),
    /** From an offer to renew a call's media until the gateway's answer. */
    UPDATE(10_000),
    /** Between two attempts to find a new path for a call's media. */
    RETRY(5_000),
    /** From the loss of a call's media until it is back, while the gateway is there. */
    REPAIR(45_000),
    /**
     * From {@code hold} or {@code unhold} until the far end has agreed; the gateway's own bound is
     * 32 s.
     */
    HOLD(40_000),
    /** From the local hang-up until the gateway's confirmation. */
    HANGUP(5_000);

    private final int usualMillis;

    Wait(int usualMillis) {
        this.usualMillis = usualMillis;
    }

    /**
     * How long it is unless the configuration says otherwise.
     *
     * @return milliseconds
     */
    public int getUsualMillis() {
        return usualMillis;
    }
}
