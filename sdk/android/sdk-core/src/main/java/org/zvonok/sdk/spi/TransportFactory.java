package org.zvonok.sdk.spi;

/** Opens sockets to a gateway. */
public interface TransportFactory {
    /**
     * Begins to open one and returns at once.
     *
     * @param url as {@code wss://host:port}
     * @param listener is told, on any thread, and never within this call
     * @return the socket, which is not open yet
     * @throws IllegalArgumentException when the URL is none that can be used
     */
    Transport open(String url, Transport.Listener listener);
}
