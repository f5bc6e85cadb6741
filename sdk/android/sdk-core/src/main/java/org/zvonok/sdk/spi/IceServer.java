package org.zvonok.sdk.spi;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A STUN or TURN server that the gateway has named. */
public final class IceServer {
    /** Addresses of the server, as in {@code turn:turn.example.org:3478?transport=udp}. */
    public final List<String> urls;

    /** User name; empty for STUN. */
    public final String username;

    /** Password; empty for STUN. Void after some time, and not to be logged. */
    public final String credential;

    /**
     * A server.
     *
     * @param urls its addresses
     * @param username empty for STUN
     * @param credential empty for STUN
     */
    public IceServer(List<String> urls, String username, String credential) {
        this.urls = Collections.unmodifiableList(new ArrayList<>(urls));
        this.username = username;
        this.credential = credential;
    }
}
