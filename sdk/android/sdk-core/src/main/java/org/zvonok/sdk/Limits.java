package org.zvonok.sdk;

/** The bounds that are no matter of taste; the waits are in {@link Wait}. */
final class Limits {
    /** Remote descriptions that may wait for their incoming call. */
    static final int MAX_PENDING_SDP = 8;
    /** Calls that a session holds at once. */
    static final int MAX_CALLS = 8;
    /** Calls that have ended and are remembered for what may follow: a report, a refusal. */
    static final int MAX_ENDED = 8;
    /** Calls of a returned session that are read. */
    static final int MAX_RESUMED = 32;
    /** Calls ended here that are remembered, in case the gateway was not told. */
    static final int MAX_ABANDONED = 8;
    /** Legs of a call whose quality is read. */
    static final int MAX_LEGS = 4;
    /** STUN and TURN servers that are used, and addresses of each. */
    static final int MAX_ICE_SERVERS = 8;
    /** Features that are read. */
    static final int MAX_FEATURES = 16;
    /** Digits of one {@code sendDtmf}. */
    static final int MAX_DTMF = 64;
    /** Longest target of a transfer. */
    static final int MAX_TARGET = 256;
    /** Longest message that is read. */
    static final int MAX_MESSAGE_CHARS = 262_144;
    /** By itself an old link may show within this that it lives, before another is opened. */
    static final int HEAD_START_MS = 150;
    /** Changes of the network that come within this time count as one. */
    static final int NETWORK_CALM_MS = 1_000;
    /** After one, tries count from here: the first wait is a quarter of the usual. */
    static final int NETWORK_TRIES = -2;
    /** For the answer to the newest offer to follow one that may be of an offer before. */
    static final int LATE_ANSWER_MS = 1_000;

    private Limits() {
    }
}
