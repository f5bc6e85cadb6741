package org.zvonok.sdk.net;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.Transport;

/**
 * One WebSocket. The reading thread connects, and tells the listener everything; the writing thread
 * is {@link Outbox}. What ends the socket, in whichever thread, closes the TCP socket under it: TLS
 * itself could wait for a peer that is gone.
 */
final class WebSocket implements Transport, Runnable {
    /** The gateway's messages are shorter; see the limits of the core. */
    private static final int MAX_MESSAGE_BYTES = 1 << 20;
    private static final int NO_CLOSE_FRAME = 1006;

    private final URI uri;
    private final Dialer dialer;
    private final SecureRandom random;
    private final FrameWriter frames;
    private final Listener listener;
    private final Outbox outbox;
    private final Object lock = new Object();
    /** Guarded by lock, as the flag is: what `close` closes. */
    private Socket raw = new Socket();
    private boolean closed;

    WebSocket(URI uri, Dialer dialer, SecureRandom random, Listener listener) {
        this.uri = uri;
        this.dialer = dialer;
        this.random = random;
        this.listener = listener;
        frames = new FrameWriter(random);
        outbox = new Outbox(this::cut);
    }

    void start() {
        Threads.start("zvonok-ws-in", this);
    }

    /* ---- any thread ---- */

    @Override
    public void send(String text) {
        outbox.put(frames.text(text));
    }

    @Override
    public void close(int code, String reason) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
        }
        outbox.finish(frames.close(code, reason));
        if (!outbox.isStarted()) {
            cut();
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends the TCP connection, whatever is under way in it. */
    private void cut() {
        Socket socket;
        synchronized (lock) {
            socket = raw;
        }
        try {
            socket.close();
        } catch (IOException e) {
            return; // it is closed as far as can be
        }
    }

    /* ---- the reading thread ---- */

    @Override
    public void run() {
        InputStream in = connect();
        if (in == null) {
            cut();
            outbox.stop();
            return;
        }
        try {
            tell(listener::onOpen);
            read(new FrameReader(in, MAX_MESSAGE_BYTES));
            if (isClosed()) {
                cut(); // both sides have said good-bye
            }
        } catch (Violation e) {
            outbox.finish(frames.close(e.code, e.getMessage()));
            tell(() -> listener.onClosed(e.code, e.getMessage()));
        } catch (IOException e) {
            tell(() -> listener.onClosed(NO_CLOSE_FRAME, ""));
            cut();
            outbox.stop();
        }
    }

    /** Null: it did not work, and the listener knows why. */
    private InputStream connect() {
        try {
            dialer.connect(first(), this::another);
            Socket socket = dialer.secure(current());
            Handshake handshake = new Handshake(uri, random);
            socket.getOutputStream().write(handshake.request());
            socket.getOutputStream().flush();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            handshake.readAnswer(in);
            socket.setSoTimeout(0); // from here on the core watches
            outbox.start(socket.getOutputStream());
            return in;
        } catch (IOException | RuntimeException e) {
            tell(() -> listener.onFailed(errorOf(e)));
            return null;
        }
    }

    private Socket first() throws IOException {
        synchronized (lock) {
            if (closed) {
                throw new IOException("closed before it was open");
            }
            return raw;
        }
    }

    private Socket current() {
        synchronized (lock) {
            return raw;
        }
    }

    private Socket another() throws IOException {
        cut();
        synchronized (lock) {
            if (closed) {
                throw new IOException("closed before it was open");
            }
            raw = new Socket();
            return raw;
        }
    }

    private static SdkError errorOf(Exception e) {
        if (e instanceof Handshake.Refusal) {
            return SdkError.builder("gateway_unreachable").field("url").sentence(e.getMessage())
                    .throwable(e).build();
        }
        String cause = isMistrust(e) ? "tls_untrusted" : "gateway_unreachable";
        return SdkError.builder(cause).field("url").throwable(e).build();
    }

    private static boolean isMistrust(Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 8; depth++) {
            if (cause instanceof CertificateException
                    || cause instanceof SSLPeerUnverifiedException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private void read(FrameReader reader) throws IOException {
        while (true) {
            Frame frame = reader.next();
            switch (frame.opcode) {
                case Frame.TEXT:
                    String text = frame.text();
                    tell(() -> listener.onText(text));
                    break;
                case Frame.PING:
                    outbox.put(frames.pong(frame.payload));
                    break;
                case Frame.PONG:
                    break;
                case Frame.CLOSE:
                    onClose(frame);
                    return;
                default:
                    throw new Violation(Violation.NO_BINARY, "a message that is no text");
            }
        }
    }

    private void onClose(Frame frame) throws Violation {
        int code = frame.closeCode();
        String reason = frame.closeReason();
        outbox.finish(frames.close(code == Frame.NO_CODE ? 1000 : code, ""));
        tell(() -> listener.onClosed(code, reason));
    }

    /** Who has closed the socket hears nothing more. */
    private void tell(Runnable event) {
        if (!isClosed()) {
            event.run();
        }
    }
}
