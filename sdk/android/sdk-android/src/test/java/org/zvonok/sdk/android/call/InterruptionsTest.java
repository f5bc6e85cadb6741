package org.zvonok.sdk.android.call;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import org.junit.Test;
import org.zvonok.sdk.CallState;

public class InterruptionsTest {
    private final FakeCall active = FakeCall.outgoing("1", CallState.ACTIVE);
    private final FakeCall held = FakeCall.outgoing("2", CallState.HELD);
    private final Interruptions interruptions =
            new Interruptions(() -> Arrays.asList(active, held));

    @Test
    public void whatThePersonHeldStaysHeld() {
        interruptions.setHeld(true);
        active.state = CallState.HELD;
        interruptions.setHeld(false);
        assertEquals(Arrays.asList("hold", "unhold"), active.told);
        assertEquals(Collections.emptyList(), held.told);
    }

    @Test
    public void whatThePersonMutedStaysMuted() {
        held.muted = true;
        interruptions.setMuted(true);
        interruptions.setMuted(false);
        assertEquals(Arrays.asList("mute", "unmute"), active.told);
        assertEquals(Collections.emptyList(), held.told);
    }

    @Test
    public void aCallThatEndedMeanwhileIsLeftAlone() {
        interruptions.setHeld(true);
        active.state = CallState.ENDED;
        interruptions.setHeld(false);
        assertEquals(Collections.singletonList("hold"), active.told);
    }
}
