package org.zvonok.compat.fpwcsapi.session;

import org.webrtc.SurfaceViewRenderer;

/** Where a session connects to, and where the pictures of its calls are shown. */
public class SessionOptions {
    private final String serverUrl;
    private SurfaceViewRenderer localRenderer;
    private SurfaceViewRenderer remoteRenderer;

    /**
     * A session with this server.
     *
     * @param wsUrl the gateway's WebSocket, such as {@code wss://sip.example.org:8443}
     */
    public SessionOptions(String wsUrl) {
        serverUrl = wsUrl;
    }

    /**
     * The gateway's WebSocket.
     *
     * @return as it was given
     */
    public String getServerUrl() {
        return serverUrl;
    }

    /**
     * Where the own picture is shown.
     *
     * @return null: nowhere
     */
    public SurfaceViewRenderer getLocalRenderer() {
        return localRenderer;
    }

    /**
     * Shows the own picture here, in calls that begin from now on.
     *
     * @param renderer null: nowhere
     */
    public void setLocalRenderer(SurfaceViewRenderer renderer) {
        localRenderer = renderer;
    }

    /**
     * Where the far end's picture is shown.
     *
     * @return null: nowhere
     */
    public SurfaceViewRenderer getRemoteRenderer() {
        return remoteRenderer;
    }

    /**
     * Shows the far end's picture here, in calls that begin from now on.
     *
     * @param renderer null: nowhere
     */
    public void setRemoteRenderer(SurfaceViewRenderer renderer) {
        remoteRenderer = renderer;
    }
}
