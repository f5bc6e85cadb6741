package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONException;
import org.json.JSONObject;
import org.zvonok.sdk.Received.Kind;
import org.zvonok.sdk.spi.IceServer;

/**
 * Reads the messages of the gateway's WebSocket, {@code {"message": name, "data": [...]}}, as
 * api/schema has them. Anything that is none is {@code IGNORED}.
 */
final class MessageReader {
    private MessageReader() {
    }

    static Received read(String text) {
        if (text.length() > Limits.MAX_MESSAGE_CHARS || !JsonDepth.isShallow(text)) {
            return new Received(Kind.IGNORED);
        }
        Fields envelope;
        try {
            envelope = Fields.of(new JSONObject(text));
        } catch (JSONException e) {
            return new Received(Kind.IGNORED);
        }
        List<Object> data = envelope.list("data", 4);
        Received message = read(envelope.text("message"), data, Fields.of(at(data, 0)));
        double seq = envelope.figure("seq");
        message.seq = Double.isNaN(seq) ? Received.NO_SEQ : (long) seq;
        return message;
    }

    private static Object at(List<Object> data, int index) {
        return index < data.size() ? data.get(index) : null;
    }

    private static Received read(String name, List<Object> data, Fields first) {
        switch (name) {
            case "ping":
                return new Received(Kind.PING);
            case "getUserData":
                return readWelcome(first);
            case "registered":
                return new Received(Kind.REGISTERED);
            case "zvResumed":
                return readResumed(first);
            case "fail":
                return readFailure(first);
            case "setRemoteSDP":
                return new Received(Kind.SDP, Fields.text(at(data, 0)), Fields.text(at(data, 1)));
            case "zvUpdate":
                return readUpdate(first);
            case "notifyIncomingCall":
                return readCall(Kind.INCOMING, first);
            case "notifyTryingResponse":
            case "ring":
            case "talk":
            case "hold":
            case "busy":
            case "finish":
                return readCall(Kind.CALL, first);
            case "notifyTransferEvent":
                return new Received(Kind.TRANSFER, first.text("callId"), first.text("status"));
            default:
                return readExtension(name, first);
        }
    }

    /** What only comes to a client that has asked for it. */
    private static Received readExtension(String name, Fields first) {
        switch (name) {
            case "zvDtmf":
                return new Received(Kind.DTMF, first.text("callId"), first.text("digit"));
            case "zvReport":
                return readReport(first);
            case "zvVerdict":
                return HeardReader.readVerdict(first);
            case "zvQuality":
                return HeardReader.readQuality(first);
            case "zvDrain":
                return readDrain(first);
            default:
                return new Received(Kind.IGNORED);
        }
    }

    private static Received readWelcome(Fields first) {
        Received message = new Received(Kind.WELCOME);
        message.welcome = new Welcome(first.text("sipLogin"), first.text("authToken"),
                first.texts("features", Limits.MAX_FEATURES), readIceServers(first));
        return message;
    }

    private static List<IceServer> readIceServers(Fields first) {
        List<IceServer> servers = new ArrayList<>();
        for (Object value : first.list("iceServers", Limits.MAX_ICE_SERVERS)) {
            IceServer server = IceServers.read(Fields.of(value));
            if (server != null) {
                servers.add(server);
            }
        }
        return servers;
    }

    private static Received readResumed(Fields first) {
        List<ResumedCall> calls = new ArrayList<>();
        for (Object value : first.list("calls", Limits.MAX_RESUMED)) {
            Fields call = Fields.of(value);
            if (!call.text("callId").isEmpty()) {
                calls.add(new ResumedCall(call.text("callId"), call.text("status"),
                        call.isTrue("incoming")));
            }
        }
        Received message = new Received(Kind.RESUMED);
        message.resumed = new Resumed(calls, first.count("replayed"));
        return message;
    }

    private static Received readFailure(Fields first) {
        Received message =
                new Received(Kind.FAILED, first.text("id"), first.text("apiMethod"));
        message.error = readReason(first, "failed", "info", "text");
        return message;
    }

    /** The answer to an offer of ours, or an offer of the gateway. */
    private static Received readUpdate(Fields first) {
        switch (first.text("type")) {
            case "answer":
                return new Received(Kind.UPDATE, first.text("callId"), first.text("sdp"));
            case "offer":
                return new Received(Kind.REOFFER, first.text("callId"), first.text("sdp"));
            default:
                return new Received(Kind.IGNORED);
        }
    }

    private static Received readCall(Kind kind, Fields first) {
        String status = first.text("status");
        String fallback = status.equals("BUSY") ? "busy"
                : status.equals("FINISH") ? "normal" : "failed";
        Received message = new Received(kind, first.text("callId"), "");
        message.call = new CallReport(message.id, status, first.text("caller"),
                first.text("callee"), first.text("visibleName"),
                readReason(first, fallback, "text", "info"));
        return message;
    }

    private static Received readReport(Fields first) {
        Received message = new Received(Kind.REPORT, first.text("callId"), "");
        message.report = new EndReport(readReason(first, "failed", "text", "info"),
                first.text("traceId"), first.text("ladder"));
        return message;
    }

    /** Another status is one of a later gateway, and says neither. */
    private static Received readDrain(Fields first) {
        String status = first.text("status");
        if (!status.equals("DRAINING") && !status.equals("CANCELLED")) {
            return new Received(Kind.IGNORED);
        }
        Received message = new Received(Kind.DRAIN);
        if (status.equals("DRAINING")) {
            message.draining = new Draining(first.count("leftMs"),
                    readReason(first, "draining", "text", "info"));
        }
        return message;
    }

    /**
     * {@code text} is the sentence of the cause, the same each time. {@code info} names the field
     * and the place in a {@code fail}, and is a short text for clients that know no causes in
     * reports of calls: so the one goes first here, the other there.
     */
    private static SdkError readReason(Fields fields, String fallback, String first,
            String second) {
        String cause = fields.text("cause");
        String said = Texts.sentence(fields.text(first));
        return SdkError.builder(cause.isEmpty() ? fallback : cause)
                .sentence(said.isEmpty() ? Texts.sentence(fields.text(second)) : said)
                .remedy(Texts.sentence(fields.text("remedy")))
                .hop(fields.text("hop"))
                .field(fields.text("field"))
                .sipStatus((int) Math.min(fields.count("sipStatus"), 999))
                .build();
    }
}
