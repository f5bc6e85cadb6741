package org.zvonok.sdk;

import java.util.function.Consumer;
import org.zvonok.sdk.Findings.Finding;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Decides for one call. The gateway's reports drive it; {@link CallState} has the picture. Every
 * state but ACTIVE, HELD and ENDED has a deadline here as well, longer than the gateway's own;
 * ACTIVE and HELD end with the gateway's report, with the media, or with the session.
 *
 * <p>While the session is RECONNECTING a call stays in its state and its deadlines stand still.
 * When it has returned, what the gateway holds is compared with what was said here: a call, answer,
 * hold or hang-up that got lost is said again, and the media looks for a new path.
 */
final class CallMachine {
    private final Line line;
    private final SdkConfig config;
    private final CallOrigin origin;
    private final CallHub hub;
    private final CallMedia media;
    private final Talk talk;
    private final Deadline deadline;
    private final Findings findings = new Findings();
    private SdkError fault;
    /** The gateway knows of the call. */
    private boolean told;
    private boolean answered;
    private boolean described;
    private boolean hangingUp;
    /** The call or answer that the gateway has not confirmed yet, as it was sent. */
    private String unconfirmed;

    CallMachine(Line line, CallOrigin origin, CallHub hub) {
        this.line = line;
        this.origin = origin;
        this.hub = hub;
        config = line.config();
        deadline = new Deadline(line.platform().scheduler());
        media = new CallMedia(line, new MediaSteps());
        talk = new Talk(line, id(), hub, media);
    }

    Call shown() {
        return hub.call();
    }

    String id() {
        return origin.callId;
    }

    boolean isOver() {
        return hub.state() == CallState.ENDED;
    }

    /** It rings here and waits for an answer. */
    boolean isRingingHere() {
        return origin.incoming && hub.state() == CallState.RINGING;
    }

    boolean hasVideo() {
        return hub.hasVideo();
    }

    /* ---- what the person wishes ---- */

    /** An incoming call begins by itself. */
    void ring() {
        told = true;
        if (begin()) {
            setDeadline(config.limitMillis(Wait.INCOMING), "no_answer");
        }
    }

    void call() {
        if (isOver() || !begin()) {
            return;
        }
        if (origin.callee.isEmpty()) {
            fail(SdkError.builder("bad_callee").field("callee").build());
            return;
        }
        hub.setCaller(line.login());
        become(CallState.CONNECTING, "PENDING");
        media.offer(origin.options.hasVideo(), hub.mediaOptions(), this::sendCall);
    }

    private boolean begin() {
        SdkError refusal = line.started(this);
        if (refusal != null) {
            end(endOf(refusal));
            return false;
        }
        if (!line.isUp()) {
            onLost();
        }
        return true;
    }

    void answer(AnswerOptions options) {
        if (answered || hangingUp || isOver()) {
            return;
        }
        answered = true;
        become(CallState.CONNECTING, "PENDING");
        if (options.getMediaOptions() != null) {
            hub.setMediaOptions(options.getMediaOptions());
        }
        media.answer(origin.offer, options.hasVideo(), hub.mediaOptions(), this::sendAnswer);
    }

    /** Ends the call, or declines an incoming one. The microphone is closed at once. */
    void hangup() {
        if (hangingUp || isOver()) {
            return;
        }
        hangingUp = true;
        if (!told || !line.isUp()) {
            end(endOf(SdkError.of("normal")));
            return;
        }
        talk.close();
        media.close();
        line.send(MessageWriter.hangup(id()));
        setDeadline(config.limitMillis(Wait.HANGUP), "normal");
    }

    void hold(boolean on) {
        if (mayTalk()) {
            talk.hold(on);
        }
    }

    void sendDtmf(String digits, DtmfType type) {
        if (mayTalk()) {
            talk.say(MessageWriter.dtmf(id(), digits, type));
        }
    }

    void transfer(String target) {
        if (mayTalk()) {
            talk.say(MessageWriter.transfer(id(), target));
        }
    }

    /** A wish that comes too early is told; one that comes too late is no mistake. */
    private boolean mayTalk() {
        if (hangingUp || isOver()) {
            return false;
        }
        if (!isAnswered()) {
            hub.warn(SdkError.of("call_not_active"));
            return false;
        }
        return true;
    }

    private boolean isAnswered() {
        return hub.state() == CallState.ACTIVE || hub.state() == CallState.HELD;
    }

    void setAudioMuted(boolean muted) {
        hub.setAudioMuted(muted);
        media.setAudioMuted(muted);
    }

    void setVideoMuted(boolean muted) {
        hub.setVideoMuted(muted);
        media.setVideoMuted(muted);
    }

    void getStats(Consumer<MediaStats> result) {
        media.getStats(result);
    }

    /* ---- what the gateway says ---- */

    /** A report about this call. */
    void onReport(CallReport report) {
        if (isOver()) {
            return;
        }
        CallEnd.Kind kind = CallEnd.kindOf(report.status);
        if (kind == null) {
            onStatus(report.status);
        } else {
            end(new CallEnd(kind, fault == null ? report.reason : fault, hangingUp));
        }
    }

    /** What has gone wrong, in more detail than the end or the state that follows it. */
    void onFailed(SdkError error) {
        if (isAnswered()) {
            talk.onFailed(error);
        } else {
            fault = error;
        }
    }

    void onTransfer(String status) {
        hub.tellTransfer(status);
    }

    /** The call goes on as it was; of a hold that says nothing, whatever the cause. */
    void onTransferFailed(SdkError error) {
        hub.warn(error);
        hub.tellTransfer("FAILED");
    }

    /** The description for an outgoing call; a second one is not for us. */
    void onRemoteSdp(String sdp) {
        if (origin.incoming || !told || described || hangingUp || sdp.isEmpty()) {
            return;
        }
        described = true;
        media.accept(sdp);
    }

    /** The answer to an offer of a running call. */
    void onUpdate(String sdp) {
        media.onAnswer(sdp);
    }

    /** An offer in a running call: the far end adds or drops its picture. */
    void onReoffer(String sdp) {
        if (!hangingUp) {
            media.onOffer(sdp);
        }
    }

    /** True when the refusal was for an offer of a running call, which stays as it was. */
    boolean onUpdateRefused(SdkError error) {
        return media.onRefusal(error);
    }

    void onFinding(Finding finding) {
        if (!isOver() && findings.take(finding)) {
            hub.setVerdict(findings.worst());
        }
    }

    void onQuality(Quality quality) {
        if (!isOver()) {
            hub.setQuality(quality);
        }
    }

    void onDtmf(String digit) {
        if (Digits.isDigit(digit)) {
            hub.tellDtmf(digit);
        }
    }

    void onEndReport(EndReport report) {
        hub.setReport(report);
    }

    /* ---- the session ---- */

    /** The device is in another network, and the gateway is still there. */
    void onNetworkChanged() {
        media.onNetworkChanged();
    }

    /** The gateway is away. */
    void onLost() {
        deadline.pause();
        talk.onLost();
        media.onLost();
        hub.setReconnecting(true);
    }

    /** The session is back, and what was missed was told. Null: the gateway knows no such call. */
    void onReturn(ResumedCall found) {
        if (isOver()) {
            return;
        }
        deadline.resume();
        hub.setReconnecting(false);
        if (told) {
            agree(found);
        }
        if (!hangingUp) {
            media.onReturn();
        }
    }

    void onSessionEnd(SdkError why, boolean byUs) {
        if (!isOver()) {
            end(CallEnd.of(why, byUs || hangingUp));
        }
    }

    /** Says again what got lost, and takes the gateway's view of the rest. */
    private void agree(ResumedCall found) {
        if (found == null) {
            agreeOnNone();
        } else if (hangingUp) {
            line.send(MessageWriter.hangup(id()));
            setDeadline(config.limitMillis(Wait.HANGUP), "normal");
        } else if (origin.incoming && unconfirmed != null && !found.isAnswered()) {
            line.send(unconfirmed);
        } else if (!talk.onReturn(found.status.equals("HOLD"))) {
            onStatus(found.status);
        }
    }

    private void agreeOnNone() {
        if (hangingUp) {
            end(endOf(SdkError.of("normal")));
        } else if (origin.incoming || unconfirmed == null) {
            end(endOf(SdkError.of("gateway_lost")));
        } else {
            line.send(unconfirmed);
        }
    }

    /* ---- steps ---- */

    private void sendCall(String sdp) {
        told = true;
        setDeadline(config.limitMillis(Wait.TRYING), "call_timeout");
        String name = origin.visibleName.isEmpty() ? line.visibleName() : origin.visibleName;
        sendUntilConfirmed(MessageWriter.call(origin, line.login(), name, sdp));
    }

    private void sendAnswer(String sdp) {
        setDeadline(config.limitMillis(Wait.ANSWER), "call_timeout");
        sendUntilConfirmed(MessageWriter.answer(origin, sdp));
    }

    /** It rings on, as long as it would have: the microphone may be allowed, and it be answered. */
    private void onNotAllowed(SdkError error) {
        if (hub.state() != CallState.CONNECTING) {
            fail(error);
            return;
        }
        answered = false;
        hub.warn(error);
        become(CallState.RINGING, "RING");
    }

    private void sendUntilConfirmed(String text) {
        unconfirmed = text;
        line.send(text);
    }

    private void onStatus(String status) {
        switch (status) {
            case "TRYING":
            case "RING":
            case "RING_MEDIA":
            case "SESSION_PROGRESS":
                onProgress(status);
                return;
            case "ESTABLISHED":
                onTalk(CallState.ACTIVE, status);
                return;
            case "HOLD":
                onTalk(CallState.HELD, status);
                return;
            default:
                return;
        }
    }

    private void onProgress(String status) {
        CallState state = hub.state();
        if (hangingUp || !told || state != CallState.CONNECTING && state != CallState.RINGING
                || origin.incoming) {
            return;
        }
        unconfirmed = null;
        if (!status.equals("TRYING")) {
            if (state != CallState.RINGING) {
                setDeadline(config.limitMillis(Wait.RING), "no_answer");
            }
            become(CallState.RINGING, status);
        } else if (hub.wireStatus().equals("PENDING")) {
            setDeadline(config.limitMillis(Wait.NO_SIGN), "call_timeout");
            hub.become(CallState.CONNECTING, status);
        }
    }

    private void onTalk(CallState state, String status) {
        if (hangingUp || !told || origin.incoming && !answered) {
            return;
        }
        deadline.clear();
        unconfirmed = null;
        fault = null; // the call is up in spite of it
        media.onTalk();
        if (talk.onStatus(state == CallState.HELD) && hub.state() == state) {
            hub.become(state, status); // what was wished for did not come
        } else {
            become(state, status);
        }
    }

    /** Ends the call for a reason found here, which the gateway has to be told. */
    private void fail(SdkError error) {
        if (isOver() || hangingUp) {
            return;
        }
        if (told) {
            line.send(MessageWriter.hangup(id()));
        }
        end(endOf(error));
    }

    private CallEnd endOf(SdkError reason) {
        return CallEnd.of(reason, hangingUp);
    }

    private void end(CallEnd how) {
        deadline.clear();
        talk.close();
        media.close();
        log(hub.state() + " -> ENDED (" + how.getCause() + ")");
        hub.end(how);
        line.ended(this);
    }

    private void become(CallState state, String status) {
        if (hub.state() == state) {
            hub.setWireStatus(status);
            return;
        }
        log(hub.state() + " -> " + state);
        hub.become(state, status);
        line.changed();
    }

    private void setDeadline(long millis, String cause) {
        deadline.set(millis, () -> {
            if (hangingUp) {
                end(endOf(SdkError.of(cause)));
            } else {
                fail(SdkError.of(cause));
            }
        });
    }

    private void log(String text) {
        line.platform().log().log(SdkLog.INFO, "zvonok", "call " + id() + ": " + text);
    }

    private final class MediaSteps implements CallMedia.Steps {
        @Override
        public void offer(String sdp, String reason) {
            line.send(MessageWriter.update(id(), sdp, reason));
        }

        @Override
        public void answer(String sdp) {
            line.send(MessageWriter.updateAnswer(id(), sdp));
        }

        @Override
        public void video(boolean agreed, boolean remote) {
            hub.setVideo(agreed, remote);
            line.changed();
        }

        @Override
        public void warning(SdkError error) {
            hub.warn(error);
        }

        @Override
        public void notAllowed(SdkError error) {
            onNotAllowed(error);
        }

        @Override
        public void failed(SdkError error) {
            fail(error);
        }
    }
}
