package org.zvonok.sdk;

/** What the gateway reports about a call. */
final class CallReport {
    final String callId;
    final String status;
    final String caller;
    final String callee;
    final String visibleName;
    final SdkError reason;

    CallReport(String callId, String status, String caller, String callee, String visibleName,
            SdkError reason) {
        this.callId = callId;
        this.status = status;
        this.caller = caller;
        this.callee = callee;
        this.visibleName = visibleName;
        this.reason = reason;
    }
}
