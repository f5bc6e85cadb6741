package org.zvonok.sdk.android.call;

import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallState;

/** A call of the core. */
final class SdkCall implements CallHandle {
    private final Call call;

    SdkCall(Call call) {
        this.call = call;
    }

    @Override
    public String id() {
        return call.getId();
    }

    @Override
    public String remoteName() {
        String name = call.getRemoteName();
        if (!name.isEmpty()) {
            return name;
        }
        return call.isIncoming() ? call.getCaller() : call.getCallee();
    }

    @Override
    public CallState state() {
        return call.getState();
    }

    @Override
    public boolean isIncoming() {
        return call.isIncoming();
    }

    @Override
    public boolean isAudioMuted() {
        return call.isAudioMuted();
    }

    @Override
    public void hold() {
        call.hold();
    }

    @Override
    public void unhold() {
        call.unhold();
    }

    @Override
    public void setAudioMuted(boolean muted) {
        call.setAudioMuted(muted);
    }

    @Override
    public void answer() {
        call.answer();
    }

    @Override
    public void hangup() {
        call.hangup();
    }
}
