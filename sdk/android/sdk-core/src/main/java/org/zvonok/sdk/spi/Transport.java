package org.zvonok.sdk.spi;

import org.zvonok.sdk.SdkError;

/** One WebSocket. Its methods may be called on any thread and do not block. */
public interface Transport {
    /**
     * Sends a message after those before it; without effect on a socket that is closed.
     *
     * @param text one JSON object
     */
    void send(String text);

    /**
     * Closes the socket, once what was sent before has gone out. The listener hears nothing more.
     *
     * @param code of the close frame, 1000 or 4000 to 4999; the gateway acts upon it
     * @param reason for a person; may be empty
     */
    void close(int code, String reason);

    /**
     * What happens to the socket, on any thread, one event after the other: {@code onOpen}, then
     * texts, then one of {@code onClosed} and {@code onFailed}; the last may come first.
     */
    interface Listener {
        /** The socket is open. */
        void onOpen();

        /**
         * A message has come.
         *
         * @param text what it says
         */
        void onText(String text);

        /**
         * The other side has closed the socket, or it is gone.
         *
         * @param code of the close frame, RFC 6455 §7.4.1; 1005 and 1006 where there was none
         * @param reason of the close frame; may be empty
         */
        void onClosed(int code, String reason);

        /**
         * The socket could not be opened, or not be trusted.
         *
         * @param error what was wrong
         */
        void onFailed(SdkError error);
    }
}
