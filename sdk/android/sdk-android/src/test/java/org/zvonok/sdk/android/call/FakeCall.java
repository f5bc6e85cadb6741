package org.zvonok.sdk.android.call;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.CallState;

/** A call that says what it was told. */
final class FakeCall implements CallHandle {
    final List<String> told = new ArrayList<>();
    final String id;
    final boolean incoming;
    CallState state;
    boolean muted;

    private FakeCall(String id, boolean incoming, CallState state) {
        this.id = id;
        this.incoming = incoming;
        this.state = state;
    }

    static FakeCall incoming(String id, CallState state) {
        return new FakeCall(id, true, state);
    }

    static FakeCall outgoing(String id, CallState state) {
        return new FakeCall(id, false, state);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String remoteName() {
        return "Alice";
    }

    @Override
    public CallState state() {
        return state;
    }

    @Override
    public boolean isIncoming() {
        return incoming;
    }

    @Override
    public boolean isAudioMuted() {
        return muted;
    }

    @Override
    public void hold() {
        told.add("hold");
    }

    @Override
    public void unhold() {
        told.add("unhold");
    }

    @Override
    public void setAudioMuted(boolean muted) {
        told.add(muted ? "mute" : "unmute");
    }

    @Override
    public void answer() {
        told.add("answer");
    }

    @Override
    public void hangup() {
        told.add("hangup");
    }
}
