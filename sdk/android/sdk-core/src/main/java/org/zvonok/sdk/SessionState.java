package org.zvonok.sdk;

/** Where a session is. */
public enum SessionState {
    /** {@code connect} was never called. */
    IDLE,
    /** The gateway has not taken the account yet. */
    CONNECTING,
    /** The gateway has taken the account; calls go out. */
    ESTABLISHED,
    /** The SIP server has taken it as well; calls come in. */
    REGISTERED,
    /** The connection is lost; the gateway keeps session and calls, and we try to return. */
    RECONNECTING,
    /** Over. {@code connect} may begin it anew. */
    DISCONNECTED
}
