package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.sdk.spi.MediaState;

/** What can be done in a call that was answered: hold, digits, transfer. */
public class HoldTest {
    private final Stage stage = new Stage().connected();
    private final Call call = stage.talking();
    private final String id = call.getId();

    {
        stage.takeEvents();
    }

    private boolean isSilent() {
        return stage.media.last().held;
    }

    @Test
    public void holdWorksHereAtOnceAndIsToldWhenItIsSo() {
        call.hold();
        stage.clock.run();
        assertTrue(isSilent());
        assertEquals(CallState.ACTIVE, call.getState());
        call.hold();
        stage.say(Say.hold(id));
        assertEquals(1, Collections.frequency(stage.sent(), "hold"));
        assertTrue(call.isHeld());
        call.unhold();
        stage.clock.run();
        assertFalse(isSilent());
        stage.say(Say.talk(id));
        assertEquals(Arrays.asList("hold", "established"), stage.events);
        assertEquals(CallState.ACTIVE, call.getState());
    }

    @Test
    public void aRefusedHoldIsUndoneAndTold() {
        call.hold();
        stage.say(Say.fail("ErrorStatusEvent", id, "hold_refused"));
        assertEquals(Arrays.asList("warning hold_refused", "established"), stage.takeEvents());
        assertFalse(isSilent());
        stage.say(Say.talk(id));
        assertEquals(Collections.emptyList(), stage.events);
        call.hold();
        stage.say(Say.talk(id)); // no reason was given
        assertEquals(Arrays.asList("established"), stage.events);
        assertFalse(isSilent());
    }

    @Test
    public void aRefusedUnholdStaysSilent() {
        call.hold();
        stage.say(Say.hold(id));
        call.unhold();
        stage.say(Say.fail("ErrorStatusEvent", id, "hold_refused"), Say.hold(id));
        assertEquals(Arrays.asList("hold", "warning hold_refused", "hold"), stage.events);
        assertTrue(isSilent());
    }

    @Test
    public void aRefusalMayFollowTheState() {
        call.hold();
        stage.say(Say.talk(id), Say.fail("ErrorStatusEvent", id, "hold_refused"));
        assertEquals(Arrays.asList("established", "warning hold_refused"), stage.takeEvents());
        assertFalse(isSilent());
        call.hold();
        stage.say(Say.hold(id));
        call.unhold();
        stage.say(Say.hold(id), Say.fail("ErrorStatusEvent", id, "hold_refused"));
        assertEquals(Arrays.asList("hold", "hold", "warning hold_refused"), stage.takeEvents());
        assertTrue(isSilent());
        call.unhold();
        stage.say(Say.talk(id));
        assertFalse(isSilent());
        assertEquals(2, Collections.frequency(stage.sent(), "unhold"));
    }

    @Test
    public void aKeyOfTheFarEndIsTold() {
        stage.say(Say.message("zvDtmf", new JSONObject().put("callId", id).put("digit", "5")),
                Say.message("zvDtmf", new JSONObject().put("callId", id).put("digit", "55")));
        assertEquals(Arrays.asList("dtmf 5"), stage.events);
    }

    @Test
    public void refusedDigitsAreNoRefusalOfAnOffer() {
        stage.media.last().become(MediaState.DISCONNECTED);
        stage.clock.run();
        stage.say(Say.fail("ErrorStatusEvent", id, "dtmf_refused"));
        assertEquals(Arrays.asList("warning dtmf_refused"), stage.events);
        stage.say(Say.update(id, "answer", Say.OFFER, "restart"));
        assertEquals(Arrays.asList("offer", "accept", "restart", "accept"),
                stage.media.last().steps);
    }

    @Test
    public void aHoldThatIsNotAnsweredIsUndone() {
        call.hold();
        for (int i = 0; i < 8; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        assertEquals(Arrays.asList("warning hold_timeout", "established"), stage.events);
        assertFalse(isSilent());
    }

    @Test
    public void theFarEndHoldsWithoutSilencingUs() {
        stage.say(Say.hold(id));
        assertTrue(call.isHeld());
        assertFalse(isSilent());
        call.hold();
        stage.say(Say.hold(id));
        assertTrue(isSilent());
        call.unhold();
        stage.say(Say.hold(id)); // the far end still holds
        assertFalse(isSilent());
        stage.say(Say.talk(id));
        assertEquals(Arrays.asList("hold", "hold", "hold", "established"), stage.events);
    }

    @Test
    public void aHoldRefusedWhileTheFarEndHoldsIsNotLeftBehind() {
        stage.say(Say.hold(id));
        call.hold();
        stage.say(Say.hold(id), Say.fail("ErrorStatusEvent", id, "hold_refused"));
        assertFalse(isSilent());
        stage.say(Say.talk(id));
        assertEquals(CallState.ACTIVE, call.getState());
        assertFalse(isSilent());
    }

    @Test
    public void aCallThatNobodyHoldsIsHeard() {
        call.hold();
        stage.say(Say.hold(id));
        assertTrue(isSilent());
        stage.say(Say.talk(id)); // without a wish of ours
        assertEquals(CallState.ACTIVE, call.getState());
        assertFalse(isSilent());
        assertEquals(Arrays.asList("hold", "established"), stage.events);
    }

    @Test
    public void aRefusedTransferIsNoRefusedHold() {
        call.hold();
        call.transfer("1003");
        stage.say(Say.fail("TransferStatusEvent", id, "not_supported"));
        assertTrue(isSilent());
        stage.say(Say.hold(id), Say.fail("TransferStatusEvent", id, "not_supported"));
        assertTrue(isSilent());
        assertEquals(Arrays.asList("warning not_supported", "transfer FAILED", "hold",
                "warning not_supported", "transfer FAILED"), stage.events);
    }

    @Test
    public void digitsTravelAsAskedFor() {
        call.sendDtmf("12#", DtmfType.INFO_RELAY);
        stage.clock.run();
        assertEquals("INFO_RELAY", stage.lastSent("sendDtmf").getString("type"));
        assertEquals("12#", stage.lastSent("sendDtmf").getString("dtmf"));
        call.sendDtmf("a", DtmfType.AUTO);
        stage.clock.run();
        assertFalse(stage.lastSent("sendDtmf").has("type"));
        assertEquals("A", stage.lastSent("sendDtmf").getString("dtmf"));
    }

    @Test
    public void aTransferIsTold() {
        call.transfer("1003");
        stage.say(Say.message("notifyTransferEvent", new JSONObject().put("callId", id)
                .put("status", "COMPLETED").put("incoming", false)));
        assertEquals("1003", stage.lastSent("transfer").getString("target"));
        assertEquals(Arrays.asList("transfer COMPLETED"), stage.takeEvents());
        call.transfer("1004");
        stage.say(Say.fail("TransferStatusEvent", id, "sip_forbidden"));
        assertEquals(Arrays.asList("warning sip_forbidden", "transfer FAILED"), stage.events);
    }

    @Test
    public void beforeTheAnswerThatIsTooEarly() {
        Call early = stage.calling();
        early.hold();
        early.sendDtmf("1", null);
        early.transfer("1003");
        stage.clock.run();
        assertEquals(Collections.nCopies(3, "warning call_not_active"), stage.events);
    }
}
