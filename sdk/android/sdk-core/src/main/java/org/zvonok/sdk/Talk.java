package org.zvonok.sdk;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** What is done in a call that was answered: hold, digits, transfer; and what comes of it. */
final class Talk implements Hold.Steps {
    /** A gateway that knows no hold says the second. */
    private static final List<String> HOLD_REFUSED =
            Collections.unmodifiableList(Arrays.asList("hold_refused", "not_supported"));

    private final Line line;
    private final String callId;
    private final CallHub hub;
    private final CallMedia media;
    private final Hold hold;

    Talk(Line line, String callId, CallHub hub, CallMedia media) {
        this.line = line;
        this.callId = callId;
        this.hub = hub;
        this.media = media;
        hold = new Hold(line, this);
    }

    /** A refusal of this kind is none of an offer of media. */
    static boolean isAbout(SdkError error) {
        return error.getCause().equals("dtmf_refused") || HOLD_REFUSED.contains(error.getCause());
    }

    void hold(boolean on) {
        hold.ask(on);
    }

    /** Digits or a transfer: what is said too late would do harm, so nothing is kept for later. */
    void say(String message) {
        if (line.isUp()) {
            line.send(message);
        } else {
            hub.warn(SdkError.of("gateway_lost"));
        }
    }

    void onFailed(SdkError error) {
        hub.warn(error);
        if (HOLD_REFUSED.contains(error.getCause())) {
            hold.onRefused();
        }
    }

    /** How the call stands. True: that is the answer to a wish to hold it or to take it up. */
    boolean onStatus(boolean isHeld) {
        return hold.onStatus(isHeld);
    }

    void onLost() {
        hold.onLost();
    }

    /** True: the wish was said again. */
    boolean onReturn(boolean isHeld) {
        return hold.onReturn(isHeld);
    }

    void close() {
        hold.close();
    }

    @Override
    public void ask(boolean on) {
        line.send(MessageWriter.hold(callId, on));
    }

    @Override
    public void setHeld(boolean held) {
        media.setHeld(held);
    }

    @Override
    public void failed(SdkError why) {
        if (why != null) {
            hub.warn(why);
        }
        hub.become(hub.state(), hub.wireStatus());
    }
}
