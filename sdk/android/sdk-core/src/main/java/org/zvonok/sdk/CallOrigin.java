package org.zvonok.sdk;

import java.util.UUID;

/** What is known of a call from its first moment on. Immutable. */
final class CallOrigin {
    final String callId;
    final boolean incoming;
    /** Of an outgoing call empty: the session knows. */
    final String caller;
    final String callee;
    /** Of an incoming call the caller's display name. */
    final String visibleName;
    /** Of an outgoing call; else null. */
    final CallOptions options;
    /** The gateway's offer of an incoming call; else empty. */
    final String offer;

    private CallOrigin(String callId, boolean incoming, String caller, String callee,
            String visibleName, CallOptions options, String offer) {
        this.callId = callId;
        this.incoming = incoming;
        this.caller = caller;
        this.callee = callee;
        this.visibleName = visibleName;
        this.options = options;
        this.offer = offer;
    }

    static CallOrigin outgoing(CallOptions options) {
        return outgoing(UUID.randomUUID().toString(), options);
    }

    static CallOrigin outgoing(String callId, CallOptions options) {
        return new CallOrigin(callId, false, "", options.getCallee(), options.getVisibleName(),
                options, "");
    }

    static CallOrigin incoming(CallReport report, String offer) {
        return new CallOrigin(report.callId, true, report.caller, report.callee, report.visibleName,
                null, offer);
    }

    String remoteName() {
        if (!incoming) {
            return callee;
        }
        return visibleName.isEmpty() ? caller : visibleName;
    }

    boolean offersVideo() {
        return incoming ? SdpVideo.isTaken(offer) : options.hasVideo();
    }
}
