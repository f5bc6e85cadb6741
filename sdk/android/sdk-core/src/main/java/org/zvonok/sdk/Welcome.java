package org.zvonok.sdk;

import java.util.List;
import org.zvonok.sdk.spi.IceServer;

/** The gateway has taken the client. */
final class Welcome {
    final String login;
    final String token;
    final List<String> features;
    final List<IceServer> iceServers;

    Welcome(String login, String token, List<String> features, List<IceServer> iceServers) {
        this.login = login;
        this.token = token;
        this.features = features;
        this.iceServers = iceServers;
    }
}
