package org.zvonok.sdk;

import java.util.function.Consumer;

/** Decides for a call. */
final class CallMachine {
    CallMachine(Line line, CallOrigin origin, CallHub hub) {
    }

    void call() {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void answer(AnswerOptions options) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void hangup() {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void hold(boolean on) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void sendDtmf(String digits, DtmfType type) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void setAudioMuted(boolean muted) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void setVideoMuted(boolean muted) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void transfer(String target) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void getStats(Consumer<MediaStats> result) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }
}
