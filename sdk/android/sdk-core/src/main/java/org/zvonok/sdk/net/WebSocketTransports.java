package org.zvonok.sdk.net;

import java.net.URI;
import java.net.URISyntaxException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.zvonok.sdk.spi.Transport;
import org.zvonok.sdk.spi.TransportFactory;

/**
 * The WebSocket client of the SDK, RFC 6455 on plain Java sockets. Each socket has a thread that
 * connects and reads and one that writes; callers never block. Everything is bounded: the time to
 * connect, a message, what waits to be sent, the wait for the other side's good-bye.
 *
 * <p>Without compression, subprotocols and HTTP proxies, which a gateway does not need.
 */
public final class WebSocketTransports implements TransportFactory {
    private final SSLSocketFactory tls;
    private final int connectMillis;
    private final Predicate<String> cleartext;
    private final SecureRandom random = new SecureRandom();

    private WebSocketTransports(Builder from) {
        tls = from.context.getSocketFactory();
        connectMillis = from.connectMillis;
        cleartext = from.cleartext;
    }

    /**
     * A client with the platform's own authorities, for {@code wss} alone.
     *
     * @return the client
     */
    public static WebSocketTransports create() {
        return builder().build();
    }

    /**
     * Begins with the platform's own authorities, for {@code wss} alone.
     *
     * @return to be changed
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Transport open(String url, Transport.Listener listener) {
        URI uri = check(url);
        WebSocket socket = new WebSocket(uri, new Dialer(uri, tls, connectMillis), random,
                listener);
        socket.start();
        return socket;
    }

    private URI check(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address is no URL: " + e.getReason(), e);
        }
        boolean isPlain = "ws".equalsIgnoreCase(uri.getScheme());
        if (uri.getHost() == null || !isPlain && !"wss".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("the address is not of the form wss://host:port");
        }
        if (isPlain && !isLoopback(uri.getHost()) && !cleartext.test(uri.getHost())) {
            throw new IllegalArgumentException("ws:// would send the password readable to anybody;"
                    + " use wss://, or allow cleartext to this host");
        }
        return uri;
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("[::1]")
                || host.matches("127(\\.\\d{1,3}){3}");
    }

    /** Makes a client. */
    public static final class Builder {
        private SSLContext context;
        private int connectMillis = 15_000;
        private Predicate<String> cleartext = host -> false;

        private Builder() {
            try {
                context = SSLContext.getDefault();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this platform has no TLS", e);
            }
        }

        /**
         * Whom to trust.
         *
         * @param context brings authorities of one's own, or pins a key
         * @return this
         */
        public Builder sslContext(SSLContext context) {
            this.context = context;
            return this;
        }

        /**
         * The longest that connecting may take: name, TCP, TLS and handshake together.
         *
         * @param millis milliseconds
         * @return this
         */
        public Builder connectTimeoutMillis(int millis) {
            if (millis <= 0) {
                throw new IllegalArgumentException("connectTimeoutMillis is " + millis);
            }
            this.connectMillis = millis;
            return this;
        }

        /**
         * Allows {@code ws} to some hosts other than this one: passwords then travel readable.
         *
         * @param hosts true for the name or address, as in the URL, of one to which it is allowed;
         *     asked at each attempt
         * @return this
         */
        public Builder allowCleartext(Predicate<String> hosts) {
            this.cleartext = hosts;
            return this;
        }

        /**
         * Makes it.
         *
         * @return the client
         */
        public WebSocketTransports build() {
            return new WebSocketTransports(this);
        }
    }
}
