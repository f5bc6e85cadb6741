package org.zvonok.sdk.test;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.Transport;

/** A socket whose other end is the test. */
public final class FakeTransport implements Transport {
    /** Where it was opened to. */
    public final String url;
    /** What the SDK has sent, oldest first. */
    public final List<String> sent = new ArrayList<>();
    /** The code that the SDK has closed it with; 0: it has not. */
    public int closedWith;

    private final Listener listener;

    FakeTransport(String url, Listener listener) {
        this.url = url;
        this.listener = listener;
    }

    @Override
    public void send(String text) {
        if (closedWith == 0) {
            sent.add(text);
        }
    }

    @Override
    public void close(int code, String reason) {
        if (closedWith == 0) {
            closedWith = code;
        }
    }

    /** The other end takes the socket. */
    public void open() {
        listener.onOpen();
    }

    /**
     * The other end says something.
     *
     * @param text a message
     */
    public void receive(String text) {
        listener.onText(text);
    }

    /** The connection is cut. */
    public void drop() {
        listener.onClosed(1006, "");
    }

    /**
     * The socket cannot be opened.
     *
     * @param error why
     */
    public void fail(SdkError error) {
        listener.onFailed(error);
    }
}
