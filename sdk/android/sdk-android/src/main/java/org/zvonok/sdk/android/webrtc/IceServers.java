package org.zvonok.sdk.android.webrtc;

import java.util.ArrayList;
import java.util.List;
import org.webrtc.PeerConnection;
import org.zvonok.sdk.spi.IceServer;

/** STUN and TURN servers in libwebrtc's terms. */
final class IceServers {
    private IceServers() {
    }

    static List<PeerConnection.IceServer> of(List<IceServer> servers) {
        List<PeerConnection.IceServer> all = new ArrayList<>();
        for (IceServer server : servers) {
            all.add(PeerConnection.IceServer.builder(server.urls)
                    .setUsername(server.username)
                    .setPassword(server.credential)
                    .createIceServer());
        }
        return all;
    }
}
