package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The calls of a session: which message is for which of them, and what becomes of them when the
 * session returns.
 *
 * <p>A return is told by {@code zvResumed} and by the messages that were missed, in their order.
 * Only after the last of these are calls compared with the gateway's list, since a call's end may
 * be among them. A call that only the gateway knows was hung up here while it could not be told, or
 * is of an app that was killed, and its media with it: it is hung up there too. One that rings is
 * left alone; the gateway announces it again.
 */
final class Calls {
    private static final String ABOUT_A_REQUEST = "ErrorStatusEvent";

    private final Line line;
    private final Consumer<Call> incoming;
    private final Map<String, CallMachine> calls = new LinkedHashMap<>();
    private final Map<String, CallMachine> ended = bounded(Limits.MAX_ENDED);
    /** Of these an offer may have crossed with the end: its refusal is no news. */
    private final Map<String, Boolean> over = bounded(Limits.MAX_ENDED);
    private final Map<String, String> pendingSdp = bounded(Limits.MAX_PENDING_SDP);
    private final Deadline replay;
    /** What the gateway holds, until the messages that were missed have come; null: no return. */
    private Resumed returned;
    /** Missed messages that are still to come. */
    private long left;

    Calls(Line line, Consumer<Call> incoming) {
        this.line = line;
        this.incoming = incoming;
        replay = new Deadline(line.platform().scheduler());
    }

    /** Keeps so many; what is over the number goes, the oldest first. */
    private static <T> Map<String, T> bounded(int most) {
        return new LinkedHashMap<String, T>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > most;
            }
        };
    }

    Collection<CallMachine> all() {
        return calls.values();
    }

    /** False: there are as many as there may be. */
    boolean add(CallMachine call) {
        if (calls.size() >= Limits.MAX_CALLS) {
            return false;
        }
        calls.put(call.id(), call);
        return true;
    }

    /** A report comes after its call's end: with `reports`, the last few calls wait for theirs. */
    void remove(CallMachine call, boolean reports) {
        calls.remove(call.id());
        over.put(call.id(), true);
        if (reports) {
            ended.put(call.id(), call);
        }
    }

    void onMessage(Received message) {
        switch (message.kind) {
            case SDP:
                onSdp(message.id, message.text);
                return;
            case INCOMING:
                onIncoming(message.call);
                return;
            case REPORT:
                onReport(message);
                return;
            default:
                CallMachine call = calls.get(message.id);
                if (call != null) {
                    onMessage(call, message);
                }
        }
    }

    private static void onMessage(CallMachine call, Received message) {
        switch (message.kind) {
            case CALL:
                call.onReport(message.call);
                return;
            case UPDATE:
                call.onUpdate(message.text);
                return;
            case REOFFER:
                call.onReoffer(message.text);
                return;
            case TRANSFER:
                call.onTransfer(message.text);
                return;
            case DTMF:
                call.onDtmf(message.text);
                return;
            case VERDICT:
                call.onFinding(message.finding);
                return;
            case QUALITY:
                call.onQuality(message.quality);
                return;
            default:
                return;
        }
    }

    /** True when the failure was about one of these calls, or one that has just ended. */
    boolean onFailed(Received message) {
        CallMachine call = calls.get(message.id);
        if (call == null) {
            return message.text.equals(ABOUT_A_REQUEST) && over.containsKey(message.id);
        }
        boolean mayBeUpdate = message.text.equals(ABOUT_A_REQUEST)
                && !Talk.isAbout(message.error);
        if (message.text.equals("TransferStatusEvent")) {
            call.onTransferFailed(message.error);
        } else if (!mayBeUpdate || !call.onUpdateRefused(message.error)) {
            call.onFailed(message.error);
        }
        return true;
    }

    void onNetworkChanged() {
        for (CallMachine call : copy()) {
            call.onNetworkChanged();
        }
    }

    /** The gateway is away. */
    void onLost() {
        returned = null;
        replay.clear();
        for (CallMachine call : copy()) {
            call.onLost();
        }
    }

    void onResumed(Resumed resumed) {
        returned = resumed;
        left = resumed.replayed;
        replay.set(left > 0 ? line.config().limitMillis(Wait.PROBE) : 0, this::settle);
    }

    /** A numbered message has come, which counts among the missed. It is acted upon after this. */
    void onNumbered() {
        if (returned != null && left > 0 && --left == 0) {
            replay.set(0, this::settle);
        }
    }

    void end(SdkError why, boolean byUs) {
        returned = null;
        replay.clear();
        for (CallMachine call : copy()) {
            call.onSessionEnd(why, byUs);
        }
        ended.clear();
        over.clear();
        pendingSdp.clear();
    }

    private List<CallMachine> copy() {
        return new ArrayList<>(calls.values());
    }

    private void settle() {
        Resumed now = returned;
        returned = null;
        for (CallMachine call : copy()) {
            call.onReturn(now.find(call.id()));
        }
        for (ResumedCall found : now.calls) {
            boolean ringsHere = found.incoming && !found.isAnswered();
            if (!calls.containsKey(found.callId)
                    && (!ringsHere || over.containsKey(found.callId))) {
                line.send(MessageWriter.hangup(found.callId));
            }
        }
    }

    private void onSdp(String callId, String sdp) {
        CallMachine call = calls.get(callId);
        if (call != null) {
            call.onRemoteSdp(sdp);
        } else if (!callId.isEmpty()) {
            pendingSdp.put(callId, sdp);
        }
    }

    private void onIncoming(CallReport report) {
        String offer = pendingSdp.remove(report.callId);
        boolean isNew = !calls.containsKey(report.callId) && !over.containsKey(report.callId);
        if (offer == null || offer.isEmpty() || !isNew || calls.size() >= Limits.MAX_CALLS) {
            return;
        }
        Call call = new Call(line, CallOrigin.incoming(report, offer));
        call.machine().ring();
        incoming.accept(call);
    }

    private void onReport(Received message) {
        CallMachine call = ended.remove(message.id);
        if (call != null) {
            call.onEndReport(message.report);
        }
    }
}
