package org.zvonok.sdk;

import java.util.function.Consumer;

/** Watches the session of the random walk: each connection has one end, and nothing after it. */
final class WalkSession implements SessionListener {
    private final Consumer<Call> incoming;
    private boolean open;
    private boolean connected;
    private boolean registered;
    private boolean away;

    WalkSession(Consumer<Call> incoming) {
        this.incoming = incoming;
    }

    private void need(boolean holds, String event) {
        if (!holds) {
            throw new AssertionError("session: " + event + " cannot come now");
        }
    }

    /** The app has asked to connect. */
    void begin() {
        need(!open, "begin");
        open = true;
        connected = registered = away = false;
    }

    boolean isOpen() {
        return open;
    }

    @Override
    public void onConnected(Session session) {
        need(open && !connected, "connected");
        connected = true;
    }

    @Override
    public void onRegistered(Session session) {
        need(open && connected && !registered, "registered");
        registered = true;
    }

    @Override
    public void onIncomingCall(Session session, Call call) {
        need(open && connected && call.isIncoming(), "incoming");
        incoming.accept(call);
    }

    @Override
    public void onReconnecting(Session session, SdkError why) {
        need(open && connected && !away && why != null, "reconnecting");
        away = true;
    }

    @Override
    public void onReconnected(Session session) {
        need(open && away, "reconnected");
        away = false;
    }

    @Override
    public void onDraining(Session session, Draining draining) {
        need(open && connected, "draining");
    }

    @Override
    public void onWarning(Session session, SdkError error) {
        need(open, "warning");
    }

    @Override
    public void onDisconnected(Session session, SdkError why) {
        need(open, "disconnected");
        need(session.getDraining() == null, "a drain after the end");
        open = false;
    }
}
