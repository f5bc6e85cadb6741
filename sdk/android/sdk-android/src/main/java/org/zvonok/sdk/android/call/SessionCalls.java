package org.zvonok.sdk.android.call;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;

/**
 * The calls of all sessions, and a word when one of them has changed. Sessions are held weakly: one
 * that the app has let go of, and that is not connected, has no calls.
 */
final class SessionCalls implements Supplier<List<CallHandle>> {
    private final Set<Session> sessions = Collections.newSetFromMap(new WeakHashMap<>());
    private final Runnable changed;
    private final SessionListener incoming = new SessionListener() {
        @Override
        public void onIncomingCall(Session session, Call call) {
            changed.run();
        }
    };
    private final CallListener states = new CallListener() {
        @Override
        public void onRinging(Call call) {
            changed.run();
        }

        @Override
        public void onEstablished(Call call) {
            changed.run();
        }

        @Override
        public void onEnded(Call call, CallEnd end) {
            changed.run();
        }
    };

    /** `changed` is called on the thread of the core's callbacks. */
    SessionCalls(Runnable changed) {
        this.changed = changed;
    }

    void add(Session session) {
        synchronized (sessions) {
            sessions.add(session);
        }
        session.addListener(incoming);
    }

    /** All calls of now; each is listened to from when it is first seen. */
    @Override
    public List<CallHandle> get() {
        List<Session> all;
        synchronized (sessions) {
            all = new ArrayList<>(sessions);
        }
        List<CallHandle> calls = new ArrayList<>();
        for (Session session : all) {
            for (Call call : session.getCalls()) {
                call.addListener(states);
                calls.add(new SdkCall(call));
            }
        }
        return calls;
    }
}
