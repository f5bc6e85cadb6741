package org.zvonok.sdk.android.webrtc;

import org.webrtc.SdpObserver;
import org.webrtc.SessionDescription;
import org.zvonok.sdk.spi.Scheduler;

/** Hands the result of a step from libwebrtc's thread to ours. */
final class StepObserver implements SdpObserver {
    private final Scheduler rtc;
    private final Peer.Done done;

    StepObserver(Scheduler rtc, Peer.Done done) {
        this.rtc = rtc;
        this.done = done;
    }

    @Override
    public void onCreateSuccess(SessionDescription description) {
        rtc.execute(() -> done.onDone(description.description));
    }

    @Override
    public void onSetSuccess() {
        rtc.execute(() -> done.onDone(""));
    }

    @Override
    public void onCreateFailure(String why) {
        rtc.execute(() -> done.onFailed(why));
    }

    @Override
    public void onSetFailure(String why) {
        rtc.execute(() -> done.onFailed(why));
    }
}
