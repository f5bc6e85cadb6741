package org.zvonok.sdk;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.zvonok.sdk.spi.Scheduler;

/**
 * A session as it shows: what getters answer, on any thread, and what listeners are told. Written
 * by the session's machine alone, but for whether a connection is wished for: that is known at
 * once.
 */
final class SessionHub {
    private final Session session;
    private final Scheduler scheduler;
    private final Listeners<SessionListener> listeners;
    private final AtomicInteger epochs = new AtomicInteger();
    /** Which connection is wished for; 0: none. */
    private final AtomicInteger open = new AtomicInteger();
    private volatile SessionState state = SessionState.IDLE;
    private volatile SdkError error;
    private volatile String authToken = "";
    private volatile List<Call> calls = Collections.emptyList();
    private volatile Draining draining;

    SessionHub(Session session, Platform platform) {
        this.session = session;
        scheduler = platform.scheduler();
        listeners = new Listeners<>(platform);
    }

    /* ---- on the caller's thread ---- */

    void addListener(SessionListener listener) {
        Object added = listeners.add(listener);
        if (added != null) {
            scheduler.execute(() -> listeners.activate(added, none -> { }));
        }
    }

    void removeListener(SessionListener listener) {
        listeners.remove(listener);
    }

    /** A connection is wished for; returns its number. */
    int open() {
        int epoch = epochs.incrementAndGet();
        if (!open.compareAndSet(0, epoch)) {
            throw new IllegalStateException("connect: the session is " + state);
        }
        return epoch;
    }

    /** None is wished for any more. */
    void close() {
        open.set(0);
    }

    /* ---- what the machine says ---- */

    void become(SessionState now, SdkError why) {
        state = now;
        error = why;
    }

    void tellConnected() {
        listeners.tell(listener -> listener.onConnected(session));
    }

    void tellRegistered() {
        listeners.tell(listener -> listener.onRegistered(session));
    }

    void tellIncoming(Call call) {
        listeners.tell(listener -> listener.onIncomingCall(session, call));
    }

    void tellReconnecting(SdkError why) {
        listeners.tell(listener -> listener.onReconnecting(session, why));
    }

    void tellReconnected() {
        listeners.tell(listener -> listener.onReconnected(session));
    }

    void warn(SdkError warning) {
        listeners.tell(listener -> listener.onWarning(session, warning));
    }

    /** Null: the gateway goes on after all. */
    void tellDraining(Draining now) {
        draining = now;
        listeners.tell(listener -> listener.onDraining(session, now));
    }

    /** What was told of a drain counts no more. */
    void forgetDraining() {
        draining = null;
    }

    /** The connection of this number is over. */
    void end(int epoch, SdkError why) {
        open.compareAndSet(epoch, 0);
        forgetDraining();
        become(SessionState.DISCONNECTED, why);
        listeners.tell(listener -> listener.onDisconnected(session, why));
    }

    void setAuthToken(String token) {
        authToken = token;
    }

    void setCalls(List<Call> calls) {
        this.calls = calls;
    }

    /* ---- getters ---- */

    SessionState state() {
        return state;
    }

    SdkError error() {
        return error;
    }

    String authToken() {
        return authToken;
    }

    List<Call> calls() {
        return calls;
    }

    Draining draining() {
        return draining;
    }
}
