package org.zvonok.compat.fpwcsapi.session;

import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.bean.Data;
import org.zvonok.sdk.SdkError;

/**
 * What a session tells. All of it comes on the main thread.
 *
 * <p>The four methods that WCS has are the abstract ones, so that code written for it compiles;
 * what Zvonok tells besides has a default.
 */
public interface SessionEvent {
    /**
     * Application data came from the server. Zvonok's gateway sends none, so this is never called.
     *
     * @param data what came
     */
    void onAppData(Data data);

    /**
     * The server has accepted the session; with registration, that is still to come.
     *
     * @param connection status {@code ESTABLISHED}, and the token to return with
     */
    void onConnected(Connection connection);

    /**
     * The SIP server has accepted the registration.
     *
     * @param connection status {@code REGISTERED}
     */
    void onRegistered(Connection connection);

    /**
     * The session is over; the last event, exactly once for each {@link Session#connect}.
     *
     * @param connection status {@code DISCONNECTED}, or {@code FAILED} with an
     *     {@linkplain Connection#getError() error}
     */
    void onDisconnection(Connection connection);

    /**
     * The connection was lost and is looked for again; calls go on meanwhile.
     *
     * @param connection with the status of before, and why it was lost as its error
     */
    default void onReconnecting(Connection connection) {
    }

    /**
     * The connection is back, with all calls that still live.
     *
     * @param connection with the status of before
     */
    default void onReconnected(Connection connection) {
    }

    /**
     * Something went wrong that ends neither the session nor a call.
     *
     * @param connection as it is
     * @param error what went wrong, and what to do about it
     */
    default void onWarning(Connection connection, SdkError error) {
    }
}
