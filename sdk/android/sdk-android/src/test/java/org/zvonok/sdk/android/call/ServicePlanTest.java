package org.zvonok.sdk.android.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.junit.Test;
import org.zvonok.sdk.CallState;

public class ServicePlanTest {
    private static ServicePlan of(boolean microphone, CallHandle... calls) {
        return ServicePlan.of(Arrays.asList(calls), microphone);
    }

    /** Each state, as an incoming and as an outgoing call: is it shown, and as what. */
    @Test
    public void everyState() {
        Object[][] rows = {
            // state, an incoming call is, an outgoing one is
            {CallState.NEW, "", ""},
            {CallState.CONNECTING, "ongoing", "ongoing"},
            {CallState.RINGING, "ringing", "ongoing"},
            {CallState.ACTIVE, "ongoing", "ongoing"},
            {CallState.HELD, "ongoing", "ongoing"},
            {CallState.ENDED, "", ""},
        };
        assertEquals("every state has a row", CallState.values().length, rows.length);
        for (Object[] row : rows) {
            CallState state = (CallState) row[0];
            assertEquals("incoming " + state, row[1], shown(FakeCall.incoming("1", state)));
            assertEquals("outgoing " + state, row[2], shown(FakeCall.outgoing("1", state)));
        }
    }

    private static String shown(CallHandle call) {
        ServicePlan plan = of(true, call);
        assertEquals("the microphone goes with a call that is up", plan.ongoing != null,
                plan.microphone);
        return plan.ongoing == call ? "ongoing" : plan.ringing == call ? "ringing" : "";
    }

    /** Complaints 5 and 25: the type microphone before the person has touched the app. */
    @Test
    public void aCallThatRingsNeedsNoMicrophone() {
        assertFalse(of(true, FakeCall.incoming("1", CallState.RINGING)).microphone);
    }

    @Test
    public void withoutPermissionThereIsNoMicrophone() {
        assertFalse(of(false, FakeCall.outgoing("1", CallState.CONNECTING)).microphone);
    }

    @Test
    public void aSecondCallRingsBesideTheFirst() {
        FakeCall first = FakeCall.outgoing("1", CallState.ACTIVE);
        FakeCall second = FakeCall.incoming("2", CallState.RINGING);
        ServicePlan plan = of(true, second, first);
        assertSame(first, plan.ongoing);
        assertSame(second, plan.ringing);
    }

    @Test
    public void withoutCallsThereIsNothing() {
        ServicePlan plan = ServicePlan.of(Collections.emptyList(), true);
        assertTrue(plan.isNone());
        assertNull(plan.ongoing);
        assertTrue(plan.isSame(ServicePlan.NONE));
    }

    @Test
    public void onlyWhatIsShownMakesADifference() {
        FakeCall call = FakeCall.outgoing("1", CallState.CONNECTING);
        ServicePlan before = of(true, call);
        call.state = CallState.RINGING;
        assertTrue(of(true, call).isSame(before));
        call.state = CallState.ACTIVE;
        assertFalse("a clock runs", of(true, call).isSame(before));
        before = of(true, call);
        call.state = CallState.HELD;
        assertTrue(of(true, call).isSame(before));
        assertFalse(of(false, call).isSame(before));
        assertFalse(of(true, FakeCall.outgoing("2", CallState.HELD)).isSame(before));
    }
}
