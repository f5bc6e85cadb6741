package org.zvonok.compat.fpwcsapi.session;

/** Tells of calls that come in. */
public interface IncomingCallEvent {
    /**
     * Somebody calls. Comes on the main thread, before any event of the call: give it a listener
     * here.
     *
     * @param call to be answered or hung up
     */
    void onCall(Call call);
}
