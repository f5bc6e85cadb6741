package org.zvonok.sdk;

import org.zvonok.sdk.Findings.Finding;

/** One message of the gateway, read. Which fields it has tells its kind; the others are null. */
final class Received {
    /** What a message is about. */
    enum Kind {
        PING, WELCOME, REGISTERED, RESUMED, FAILED, SDP, UPDATE, REOFFER, INCOMING, CALL, TRANSFER,
        REPORT, VERDICT, QUALITY, DTMF, DRAIN, IGNORED
    }

    /** Of a message that has no number. */
    static final long NO_SEQ = -1;

    final Kind kind;
    /** The call that it is about. */
    String id = "";
    /** SDP, method of a failure, status of a transfer, or digit. */
    String text = "";
    SdkError error;
    Welcome welcome;
    Resumed resumed;
    CallReport call;
    EndReport report;
    Finding finding;
    Quality quality;
    /** Of a DRAIN; null: the gateway goes on after all. */
    Draining draining;
    /** Numbers what a client must not miss; NO_SEQ: it has none. */
    long seq = NO_SEQ;

    Received(Kind kind) {
        this.kind = kind;
    }

    Received(Kind kind, String id, String text) {
        this.kind = kind;
        this.id = id;
        this.text = text;
    }
}
