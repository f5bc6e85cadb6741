package org.zvonok.sdk.android.call;

import org.zvonok.sdk.CallState;

/** What is needed of a call here; an interface, so that tests need no session. */
interface CallHandle {
    String id();

    /** Whom a person sees: a name, or a number. */
    String remoteName();

    CallState state();

    boolean isIncoming();

    boolean isAudioMuted();

    void hold();

    void unhold();

    void setAudioMuted(boolean muted);

    void answer();

    void hangup();
}
