package org.zvonok.sdk;

import java.util.List;
import java.util.function.Consumer;

/** Writes down what a session tells. */
final class SessionRecorder implements SessionListener {
    private final List<String> events;
    private final Consumer<Call> incoming;

    SessionRecorder(List<String> events, Consumer<Call> incoming) {
        this.events = events;
        this.incoming = incoming;
    }

    @Override
    public void onConnected(Session session) {
        events.add("connected");
    }

    @Override
    public void onRegistered(Session session) {
        events.add("registered");
    }

    @Override
    public void onIncomingCall(Session session, Call call) {
        events.add("incoming " + call.getRemoteName());
        incoming.accept(call);
    }

    @Override
    public void onReconnecting(Session session, SdkError why) {
        events.add("reconnecting " + why.getCause());
    }

    @Override
    public void onReconnected(Session session) {
        events.add("reconnected");
    }

    @Override
    public void onDraining(Session session, Draining draining) {
        events.add(draining == null ? "goes on" : "draining " + draining.getLeftMillis());
    }

    @Override
    public void onWarning(Session session, SdkError error) {
        events.add("warning " + error.getCause());
    }

    @Override
    public void onDisconnected(Session session, SdkError why) {
        events.add("disconnected" + (why == null ? "" : " " + why.getCause()));
    }
}
