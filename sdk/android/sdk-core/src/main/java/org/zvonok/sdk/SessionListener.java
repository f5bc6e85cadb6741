package org.zvonok.sdk;

/** What happens to a session. Called in order, by the executor of the {@link Platform}. */
public interface SessionListener {
    /**
     * The gateway has taken the account: calls can be made.
     *
     * @param session which
     */
    default void onConnected(Session session) {
    }

    /**
     * The SIP server has taken the account: calls can come in.
     *
     * @param session which
     */
    default void onRegistered(Session session) {
    }

    /**
     * A call for this account; it rings until it is answered, hung up, or given up by the caller.
     *
     * @param session which
     * @param call the call; a listener that is added here misses nothing
     */
    default void onIncomingCall(Session session, Call call) {
    }

    /**
     * The connection is lost. The calls go on, and the session tries to return.
     *
     * @param session which
     * @param why what happened
     */
    default void onReconnecting(Session session, SdkError why) {
    }

    /**
     * The session has returned.
     *
     * @param session which
     */
    default void onReconnected(Session session) {
    }

    /**
     * The gateway is about to restart, or is not any more: until then it takes no new calls, and it
     * ends those that there are when their time is over. Told anew each time that it says so, also
     * in answer to each try to return. Only from a gateway that tells.
     *
     * @param session which
     * @param draining for how long and why; null: the gateway goes on after all
     */
    default void onDraining(Session session, Draining draining) {
    }

    /**
     * Something is wrong, and the session goes on.
     *
     * @param session which
     * @param error what
     */
    default void onWarning(Session session, SdkError error) {
    }

    /**
     * The session is over, and so are its calls. The last event, once for each {@code connect}.
     *
     * @param session which
     * @param why null after {@code disconnect}
     */
    default void onDisconnected(Session session, SdkError why) {
    }
}
