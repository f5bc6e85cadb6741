package org.zvonok.compat.fpwcsapi.session;

import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.sdk.SdkError;

/**
 * The callbacks of {@link SessionEvent} that tell a status, and which string each shows. Decides,
 * and touches nothing.
 */
enum SessionCallback {
    CONNECTED,
    REGISTERED,
    DISCONNECTION;

    /** What {@link Connection#getStatus} says while this is told; {@code error}: null, none. */
    String status(SdkError error) {
        switch (this) {
            case CONNECTED:
                return "ESTABLISHED";
            case REGISTERED:
                return "REGISTERED";
            default:
                return error == null ? "DISCONNECTED" : "FAILED";
        }
    }

    void deliver(SessionEvent listener, Connection connection) {
        switch (this) {
            case CONNECTED:
                listener.onConnected(connection);
                break;
            case REGISTERED:
                listener.onRegistered(connection);
                break;
            default:
                listener.onDisconnection(connection);
        }
    }
}
