package org.zvonok.sdk;

import java.util.List;

/** What the gateway tells a client that has returned: its calls, and how much was missed. */
final class Resumed {
    final List<ResumedCall> calls;
    /** So many missed messages follow. */
    final long replayed;

    Resumed(List<ResumedCall> calls, long replayed) {
        this.calls = calls;
        this.replayed = replayed;
    }

    /** Null: the gateway holds no such call. */
    ResumedCall find(String callId) {
        for (ResumedCall call : calls) {
            if (call.callId.equals(callId)) {
                return call;
            }
        }
        return null;
    }
}
