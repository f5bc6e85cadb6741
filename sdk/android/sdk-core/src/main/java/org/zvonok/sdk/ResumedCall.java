package org.zvonok.sdk;

/** How a call stands that the gateway has kept. */
final class ResumedCall {
    final String callId;
    final String status;
    final boolean incoming;

    ResumedCall(String callId, String status, boolean incoming) {
        this.callId = callId;
        this.status = status;
        this.incoming = incoming;
    }

    /** Both sides of it have talked. */
    boolean isAnswered() {
        return status.equals("ESTABLISHED") || status.equals("HOLD");
    }
}
