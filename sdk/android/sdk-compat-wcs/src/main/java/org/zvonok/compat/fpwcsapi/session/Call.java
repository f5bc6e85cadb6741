package org.zvonok.compat.fpwcsapi.session;

import java.util.concurrent.atomic.AtomicReference;
import org.zvonok.sdk.AnswerOptions;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.DtmfType;
import org.zvonok.sdk.SdkError;

/**
 * One call. Any thread may use it; nothing here blocks.
 *
 * <p>A thin layer over {@link org.zvonok.sdk.Call}, which {@link #getSdkCall} gives for what WCS
 * did not have.
 */
public final class Call {
    /** How digits reach the far end. */
    public enum DTMFType {
        /** As events among the sound (RFC 4733). */
        RFC2833(DtmfType.RFC2833),
        /** As SIP INFO of the type {@code application/dtmf}. */
        INFO(DtmfType.INFO),
        /** As SIP INFO of the type {@code application/dtmf-relay}. */
        INFO_RELAY(DtmfType.INFO_RELAY);

        private final DtmfType type;

        DTMFType(DtmfType type) {
            this.type = type;
        }
    }

    private static final String NEW = "NEW";
    private static final String RING = "RING";
    private static final String PENDING = "PENDING";

    private final org.zvonok.sdk.Call call;
    private final CallOptions options;
    private final CallObject object = new CallObject();
    private final Session session;
    private final AtomicReference<String> status;
    private Events events = new Events(null);

    Call(org.zvonok.sdk.Call call, CallOptions options, Session session) {
        this.call = call;
        this.options = options;
        this.session = session;
        status = new AtomicReference<>(call.isIncoming() ? RING : NEW);
        call.addListener(events);
    }

    /**
     * Who is told of this call, instead of who was before. Who comes late is told once how the call
     * stands.
     *
     * @param event null: nobody
     */
    public synchronized void on(CallStatusEvent event) {
        call.removeListener(events);
        events = new Events(event);
        call.addListener(events);
    }

    /** Makes an outgoing call. */
    public void call() {
        muteIfAsked();
        call.call();
        status.compareAndSet(NEW, PENDING);
    }

    /** Answers an incoming call, with the media that its options and its object ask for. */
    public void answer() {
        muteIfAsked();
        call.answer(
                AnswerOptions.builder()
                        .video(object.hasVideo() || options.getConstraints().hasVideo())
                        .mediaOptions(session.createMediaOptions(options))
                        .build());
        status.compareAndSet(RING, PENDING);
    }

    /** Ends the call, or declines an incoming one. */
    public void hangup() {
        call.hangup();
    }

    /** Puts the call on hold; {@link CallStatusEvent#onHold} follows. */
    public void hold() {
        call.hold();
    }

    /** Takes the call back from hold; {@link CallStatusEvent#onEstablished} follows. */
    public void unhold() {
        call.unhold();
    }

    /**
     * Sends digits to the far end. What is none in a text is passed over, as WCS's apps hand over
     * what was typed.
     *
     * @param digits of {@code 0123456789*#ABCD}
     * @param type how they reach it
     */
    public void sendDTMF(String digits, DTMFType type) {
        for (String part : DtmfText.split(digits)) {
            call.sendDtmf(part, type.type);
        }
    }

    /** The far end no longer hears this side. */
    public void muteAudio() {
        call.setAudioMuted(true);
    }

    /** The far end hears this side again. */
    public void unmuteAudio() {
        call.setAudioMuted(false);
    }

    /** The far end no longer sees this side. */
    public void muteVideo() {
        call.setVideoMuted(true);
    }

    /** The far end sees this side again. */
    public void unmuteVideo() {
        call.setVideoMuted(false);
    }

    /**
     * How the call stands, as the last event told: {@code NEW}, {@code PENDING}, {@code TRYING},
     * {@code RING}, {@code RING_MEDIA}, {@code SESSION_PROGRESS}, {@code ESTABLISHED}, {@code
     * HOLD}, {@code BUSY}, {@code FINISH} or {@code FAILED}.
     *
     * @return never null
     */
    public String getStatus() {
        return status.get();
    }

    /**
     * Who calls.
     *
     * @return the caller's number or login
     */
    public String getCaller() {
        return call.getCaller();
    }

    /**
     * Who is called.
     *
     * @return the callee's number or login
     */
    public String getCallee() {
        return call.getCallee();
    }

    /**
     * What the call was created with; of an incoming call, what it is going to be answered with.
     *
     * @return never null
     */
    public CallOptions getCallOptions() {
        return options;
    }

    /**
     * What an incoming call is going to be answered with.
     *
     * @return never null
     */
    public CallObject getCallObject() {
        return object;
    }

    /**
     * Why the call ended as it did: a sentence, a remedy, the SIP status.
     *
     * @return null: it goes on, or it ended well
     */
    public SdkError getError() {
        CallEnd end = call.getEnd();
        return end == null ? null : end.getError();
    }

    /**
     * What this call stands on: quality, verdicts, statistics and all else that WCS did not have.
     *
     * @return always the same
     */
    public org.zvonok.sdk.Call getSdkCall() {
        return call;
    }

    private void muteIfAsked() {
        if (!options.getConstraints().hasAudio()) {
            call.setAudioMuted(true);
        }
    }

    /** Turns what the call below tells into WCS's callbacks; without a listener, into a status. */
    private final class Events implements CallListener {
        private final CallStatusEvent event;

        Events(CallStatusEvent event) {
            this.event = event;
        }

        @Override
        public void onTrying(org.zvonok.sdk.Call from) {
            tell(CallCallback.TRYING);
        }

        @Override
        public void onRinging(org.zvonok.sdk.Call from) {
            tell(CallCallback.RING);
        }

        @Override
        public void onEstablished(org.zvonok.sdk.Call from) {
            tell(CallCallback.ESTABLISHED);
        }

        @Override
        public void onHold(org.zvonok.sdk.Call from) {
            tell(CallCallback.HOLD);
        }

        @Override
        public void onReconnecting(org.zvonok.sdk.Call from, boolean reconnecting) {
            if (event != null) {
                event.onReconnecting(Call.this, reconnecting);
            }
        }

        @Override
        public void onEnded(org.zvonok.sdk.Call from, CallEnd end) {
            tell(CallCallback.of(end));
        }

        private void tell(CallCallback what) {
            status.set(what.status(call.getWireStatus()));
            if (event != null) {
                what.deliver(event, Call.this);
            }
        }
    }
}
