package org.zvonok.compat.fpwcsapi.session;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.SdkError;

/** Which callback an event of a call means, and which string it shows: each row of the table. */
public final class CallCallbackTest {
    @Test
    public void eachCallbackShowsItsStatus() {
        assertEquals("TRYING", CallCallback.TRYING.status("TRYING"));
        assertEquals("RING", CallCallback.RING.status("RING"));
        assertEquals("RING_MEDIA", CallCallback.RING.status("RING_MEDIA"));
        assertEquals("SESSION_PROGRESS", CallCallback.RING.status("SESSION_PROGRESS"));
        assertEquals("ESTABLISHED", CallCallback.ESTABLISHED.status("ESTABLISHED"));
        assertEquals("HOLD", CallCallback.HOLD.status("HOLD"));
        assertEquals("BUSY", CallCallback.BUSY.status("BUSY"));
        assertEquals("FAILED", CallCallback.FAILED.status("FAILED"));
        assertEquals("FINISH", CallCallback.FINISHED.status("FINISH"));
    }

    @Test
    public void aStatusThatIsAheadDoesNotShow() {
        assertEquals("RING", CallCallback.RING.status("ESTABLISHED"));
        assertEquals("TRYING", CallCallback.TRYING.status("SESSION_PROGRESS"));
        assertEquals("ESTABLISHED", CallCallback.ESTABLISHED.status("FINISH"));
    }

    @Test
    public void eachEndHasItsCallback() {
        assertEquals(CallCallback.FINISHED, CallCallback.of(end(CallEnd.Kind.FINISHED, "normal")));
        assertEquals(CallCallback.BUSY, CallCallback.of(end(CallEnd.Kind.BUSY, "busy")));
        assertEquals(CallCallback.FAILED, CallCallback.of(end(CallEnd.Kind.FAILED, "ice_failed")));
    }

    @Test
    public void eachIsDeliveredByItsOwnMethod() {
        List<String> told = new ArrayList<>();
        CallStatusEvent listener = new CallbackNames(told);
        for (CallCallback callback : CallCallback.values()) {
            callback.deliver(listener, null);
        }
        assertEquals(
                List.of(
                        "onTrying",
                        "onRing",
                        "onEstablished",
                        "onHold",
                        "onBusy",
                        "onFailed",
                        "onFinished"),
                told);
    }

    private static CallEnd end(CallEnd.Kind kind, String cause) {
        return new CallEnd(kind, SdkError.of(cause), false);
    }
}
