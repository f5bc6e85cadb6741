package org.zvonok.sdk.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Opens the connection under a WebSocket: TCP to one of the host's addresses, then TLS with the
 * host's name said (SNI) and checked. Blocks; the whole has one time limit.
 */
final class Dialer {
    private static final int LEAST_MILLIS = 500;

    private final URI uri;
    private final SSLSocketFactory tls;
    private final long endNanos;

    Dialer(URI uri, SSLSocketFactory tls, int limitMillis) {
        this.uri = uri;
        this.tls = tls;
        endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
    }

    boolean isSecure() {
        return uri.getScheme().equalsIgnoreCase("wss");
    }

    /** Connects `raw`, over addresses in turn; each gets its share of the time. */
    void connect(Socket raw, SocketMaker maker) throws IOException {
        InetAddress[] addresses = InetAddress.getAllByName(host());
        IOException last = new UnknownHostException(host());
        Socket socket = raw;
        for (int i = 0; i < addresses.length; i++) {
            try {
                int share = remaining() / (addresses.length - i);
                socket.connect(new InetSocketAddress(addresses[i], port()),
                        Math.max(LEAST_MILLIS, share));
                return;
            } catch (IOException e) {
                last = e;
                socket = maker.next();
            }
        }
        throw last;
    }

    /** Another socket in place of one whose address did not answer; throws when none is wanted. */
    interface SocketMaker {
        Socket next() throws IOException;
    }

    /** TLS over a connected socket, or the socket itself. */
    Socket secure(Socket raw) throws IOException {
        raw.setTcpNoDelay(true);
        raw.setSoTimeout(remaining());
        if (!isSecure()) {
            return raw;
        }
        SSLSocket socket = (SSLSocket) tls.createSocket(raw, host(), port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (isName(host())) {
            parameters.setServerNames(Collections.singletonList(new SNIHostName(host())));
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static boolean isName(String host) {
        return host.indexOf(':') < 0 && !host.matches("[0-9.]+");
    }

    private String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private int port() {
        return uri.getPort() >= 0 ? uri.getPort() : isSecure() ? 443 : 80;
    }

    int remaining() throws SocketTimeoutException {
        long millis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException("the connection took too long");
        }
        return (int) millis;
    }
}
