package org.zvonok.sdk.android.call;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.zvonok.sdk.CallState;
import org.zvonok.sdk.android.audio.InterruptedCalls;

/**
 * Holds or mutes what runs, and gives back only what was taken so: a call that the person held or
 * muted before stays as it was.
 */
final class Interruptions implements InterruptedCalls {
    private final Supplier<List<CallHandle>> calls;
    private final List<CallHandle> held = new ArrayList<>();
    private final List<CallHandle> muted = new ArrayList<>();

    Interruptions(Supplier<List<CallHandle>> calls) {
        this.calls = calls;
    }

    @Override
    public void setHeld(boolean hold) {
        if (hold) {
            for (CallHandle call : calls.get()) {
                if (call.state() == CallState.ACTIVE) {
                    held.add(call);
                    call.hold();
                }
            }
            return;
        }
        for (CallHandle call : held) {
            if (call.state() != CallState.ENDED) {
                call.unhold();
            }
        }
        held.clear();
    }

    @Override
    public void setMuted(boolean mute) {
        if (mute) {
            for (CallHandle call : calls.get()) {
                if (call.state() != CallState.ENDED && !call.isAudioMuted()) {
                    muted.add(call);
                    call.setAudioMuted(true);
                }
            }
            return;
        }
        for (CallHandle call : muted) {
            call.setAudioMuted(false);
        }
        muted.clear();
    }
}
