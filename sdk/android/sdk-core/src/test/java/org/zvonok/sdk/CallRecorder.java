package org.zvonok.sdk;

import java.util.List;

/** Writes down what a call tells. */
final class CallRecorder implements CallListener {
    private final List<String> events;

    CallRecorder(List<String> events) {
        this.events = events;
    }

    @Override
    public void onTrying(Call call) {
        events.add("trying");
    }

    @Override
    public void onRinging(Call call) {
        events.add("ringing");
    }

    @Override
    public void onEstablished(Call call) {
        events.add("established");
    }

    @Override
    public void onHold(Call call) {
        events.add("hold");
    }

    @Override
    public void onReconnecting(Call call, boolean is) {
        events.add("call " + (is ? "away" : "back"));
    }

    @Override
    public void onDtmf(Call call, String digit) {
        events.add("dtmf " + digit);
    }

    @Override
    public void onQuality(Call call, Quality quality) {
        events.add("quality");
    }

    @Override
    public void onVerdict(Call call, Verdict verdict) {
        events.add("verdict " + (verdict == null ? "none" : verdict.getCode()));
    }

    @Override
    public void onVideo(Call call, boolean has) {
        events.add("video " + has);
    }

    @Override
    public void onWarning(Call call, SdkError error) {
        events.add("warning " + error.getCause());
    }

    @Override
    public void onTransfer(Call call, String status) {
        events.add("transfer " + status);
    }

    @Override
    public void onEnded(Call call, CallEnd end) {
        events.add("ended " + end.getKind() + " " + end.getCause()
                + (end.isByUs() ? " by us" : ""));
    }
}
