package org.zvonok.sdk;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.zvonok.sdk.spi.MediaOptions;
import org.zvonok.sdk.spi.Scheduler;

/**
 * One call, made by {@link Session#createCall} or come in by {@link
 * SessionListener#onIncomingCall}. {@link CallState} has its life as a picture.
 *
 * <p>All methods may be called on any thread and return at once. A wish that comes too late, such
 * as to hold a call that has just ended, does nothing; one that cannot be right, such as to answer
 * an outgoing call, throws.
 */
public final class Call {
    private final Scheduler scheduler;
    private final CallOrigin origin;
    private final CallHub hub;
    private final CallMachine machine;
    private final AtomicBoolean begun = new AtomicBoolean();

    Call(Line line, CallOrigin origin) {
        this.origin = origin;
        scheduler = line.platform().scheduler();
        hub = new CallHub(this, line.platform(), origin);
        machine = new CallMachine(line, origin, hub);
    }

    CallMachine machine() {
        return machine;
    }

    /**
     * Begins to listen.
     *
     * @param listener is told the current state once, if the call has begun, and then what happens
     */
    public void addListener(CallListener listener) {
        hub.addListener(listener);
    }

    /**
     * Stops to listen.
     *
     * @param listener is told nothing any more
     */
    public void removeListener(CallListener listener) {
        hub.removeListener(listener);
    }

    /**
     * Starts an outgoing call.
     *
     * @throws IllegalStateException when it was started before, or is an incoming one
     */
    public void call() {
        if (isIncoming()) {
            throw new IllegalStateException("call: this is an incoming call; answer it");
        }
        if (!begun.compareAndSet(false, true)) {
            throw new IllegalStateException("call: this call was started before");
        }
        scheduler.execute(machine::call);
    }

    /**
     * Answers an incoming call by sound alone; without effect when it was answered or has ended.
     *
     * @throws IllegalStateException when it is an outgoing one
     */
    public void answer() {
        answer(AnswerOptions.builder().build());
    }

    /**
     * Answers an incoming call; without effect when it was answered or has ended. Where the
     * microphone may not be used, {@code onWarning} tells that and {@code onRinging} follows: once
     * the permission is there, the call can be answered again while it rings.
     *
     * @param options how
     * @throws IllegalStateException when it is an outgoing one
     */
    public void answer(AnswerOptions options) {
        if (!isIncoming()) {
            throw new IllegalStateException("answer: this is an outgoing call");
        }
        Objects.requireNonNull(options, "options");
        scheduler.execute(() -> machine.answer(options));
    }

    /** Ends the call, or declines an incoming one; without effect when it has ended. */
    public void hangup() {
        scheduler.execute(machine::hangup);
    }

    /**
     * Puts the call aside: neither side hears the other. {@code onHold} tells when it is so.
     *
     * @throws IllegalStateException when the call was not begun
     */
    public void hold() {
        needBegun("hold");
        scheduler.execute(() -> machine.hold(true));
    }

    /**
     * Takes the call up again. {@code onEstablished} tells when it is so.
     *
     * @throws IllegalStateException when the call was not begun
     */
    public void unhold() {
        needBegun("unhold");
        scheduler.execute(() -> machine.hold(false));
    }

    /**
     * Sends digits to the far end.
     *
     * @param digits 1 to 64 of {@code 0-9 A-D * #}
     * @param type how they travel; null: as the gateway finds best
     * @throws IllegalArgumentException when a digit is none
     * @throws IllegalStateException when the call was not begun
     */
    public void sendDtmf(String digits, DtmfType type) {
        needBegun("sendDtmf");
        String checked = Digits.check(digits);
        scheduler.execute(() -> machine.sendDtmf(checked, type == null ? DtmfType.AUTO : type));
    }

    /**
     * Switches the microphone off or on, for this call. It may be said before the call has begun.
     *
     * @param muted true: the far end hears nothing
     */
    public void setAudioMuted(boolean muted) {
        scheduler.execute(() -> machine.setAudioMuted(muted));
    }

    /**
     * Switches the own picture off or on. It may be said before the call has begun.
     *
     * @param muted true: the far end sees black
     */
    public void setVideoMuted(boolean muted) {
        scheduler.execute(() -> machine.setVideoMuted(muted));
    }

    /**
     * Hands the far end over to somebody else. {@code onTransfer} tells how it goes.
     *
     * @param target number, user part or SIP address
     * @throws IllegalArgumentException when it is empty or longer than 256 characters
     * @throws IllegalStateException when the call was not begun
     */
    public void transfer(String target) {
        needBegun("transfer");
        String trimmed = Texts.orEmpty(target).trim();
        if (trimmed.isEmpty() || trimmed.length() > Limits.MAX_TARGET) {
            throw new IllegalArgumentException("transfer: the target must have 1 to "
                    + Limits.MAX_TARGET + " characters");
        }
        scheduler.execute(() -> machine.transfer(trimmed));
    }

    /**
     * The call's number.
     *
     * @return unique
     */
    public String getId() {
        return origin.callId;
    }

    /**
     * Which way the call goes.
     *
     * @return true: it came in
     */
    public boolean isIncoming() {
        return origin.incoming;
    }

    /**
     * Who calls.
     *
     * @return user part; of an outgoing call the session's login, and empty before it has begun
     */
    public String getCaller() {
        return hub.caller();
    }

    /**
     * Who is called.
     *
     * @return number, user part or SIP address
     */
    public String getCallee() {
        return origin.callee;
    }

    /**
     * The far end as a person should see it.
     *
     * @return a name or a number
     */
    public String getRemoteName() {
        return origin.remoteName();
    }

    /**
     * Where the call is.
     *
     * @return its state
     */
    public CallState getState() {
        return hub.state();
    }

    /**
     * The same in the words of the protocol.
     *
     * @return {@code NEW PENDING TRYING RING RING_MEDIA SESSION_PROGRESS ESTABLISHED HOLD BUSY
     *     FINISH}
     *     or {@code FAILED}
     */
    public String getWireStatus() {
        return hub.wireStatus();
    }

    /**
     * How the call ended.
     *
     * @return null until then
     */
    public CallEnd getEnd() {
        return hub.end();
    }

    /**
     * The gateway's report of the call. It comes shortly after the end, or never.
     *
     * @return null until it came
     */
    public EndReport getReport() {
        return hub.report();
    }

    /**
     * Whether the gateway cannot be reached at the moment.
     *
     * @return true: the session tries to return
     */
    public boolean isReconnecting() {
        return hub.isReconnecting();
    }

    /**
     * Whether the call is on hold, by either side.
     *
     * @return true in the state HELD
     */
    public boolean isHeld() {
        return hub.state() == CallState.HELD;
    }

    /**
     * Whether the microphone is off for this call.
     *
     * @return true: the far end hears nothing
     */
    public boolean isAudioMuted() {
        return hub.isAudioMuted();
    }

    /**
     * Whether the own picture is off.
     *
     * @return true: the far end sees black
     */
    public boolean isVideoMuted() {
        return hub.isVideoMuted();
    }

    /**
     * Whether the call has a picture, in one direction at least. Before the answer: one is offered.
     *
     * @return true: it has
     */
    public boolean hasVideo() {
        return hub.hasVideo();
    }

    /**
     * Whether the far end's picture comes.
     *
     * @return true: it does, as far as the media engine has told
     */
    public boolean hasRemoteVideo() {
        return hub.hasRemoteVideo();
    }

    /**
     * Measures the media. The listener is called once, by the platform's executor.
     *
     * @param listener gets the figures
     */
    public void getStats(StatsListener listener) {
        scheduler.execute(() -> machine.getStats(stats -> hub.tellStats(listener, stats)));
    }

    /**
     * How the call sounded last.
     *
     * @return null until the gateway has told
     */
    public Quality getQuality() {
        return hub.quality();
    }

    /**
     * What keeps one from hearing or being heard now.
     *
     * @return the gravest finding; null: nothing known
     */
    public Verdict getVerdict() {
        return hub.verdict();
    }

    /**
     * The engine's own options of this call.
     *
     * @return null: none
     */
    public MediaOptions getMediaOptions() {
        return hub.mediaOptions();
    }

    /**
     * Other options, as an incoming call needs before it is answered. They count for media that is
     * opened after this.
     *
     * @param options null: none
     */
    public void setMediaOptions(MediaOptions options) {
        hub.setMediaOptions(options);
    }

    @Override
    public String toString() {
        return "Call " + getId() + " " + getState();
    }

    private void needBegun(String what) {
        if (!isIncoming() && !begun.get() && hub.state() != CallState.ENDED) {
            throw new IllegalStateException(what + ": this call was not started yet");
        }
    }
}
