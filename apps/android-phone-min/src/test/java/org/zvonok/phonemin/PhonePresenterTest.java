package org.zvonok.phonemin;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Set;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Test;

/** The rules of the screen, one by one: what each event does to buttons, lines and the wire. */
public class PhonePresenterTest {
    private final FakeGateway gateway = new FakeGateway();
    private final FakeView view = new FakeView();
    private final PhonePresenter presenter = new PhonePresenter(gateway.session);

    @Before
    public void attach() {
        presenter.attach(view);
    }

    /* ---- steps that many tests begin with ---- */

    private void register() {
        presenter.pressConnect();
        gateway.accepts("token-1");
        gateway.registers();
    }

    private void dial() {
        register();
        presenter.pressCall();
        presenter.onMicrophone(PhonePresenter.TO_CALL, true);
    }

    private void talk() {
        dial();
        gateway.reports("notifyTryingResponse", "TRYING");
        gateway.answers();
    }

    private void ring() {
        register();
        gateway.calls("in-1", "1003");
    }

    private void assertOff(int... buttons) {
        for (int button : buttons) {
            assertFalse(view.enabled.contains(button));
        }
    }

    private void assertButton(int button, int text, boolean enabled) {
        assertEquals(text, (int) view.texts.get(button));
        assertEquals(enabled, view.enabled.contains(button));
    }

    private void assertLine(int line, int text, String who) {
        assertEquals(text, (int) view.texts.get(line));
        assertEquals(who, view.names.get(line));
    }

    /** As before the first call: nothing of the last one is left on the buttons. */
    private void assertCallControlsReset() {
        assertButton(R.id.call, R.string.call, true);
        assertButton(R.id.hold, R.string.hold, false);
        assertButton(R.id.mute, R.string.mute, false);
        assertOff(R.id.send_dtmf);
        assertFalse(view.rings);
    }

    /* ---- the session ---- */

    @Test
    public void atTheStartOneCanConnectBothWaysAndNothingElse() {
        assertEquals(Set.of(R.id.connect, R.id.connect_with_token), view.enabled);
        assertButton(R.id.connect, R.string.connect, true);
        assertButton(R.id.connect_with_token, R.string.connect_with_token, true);
        assertLine(R.id.status, 0, "");
        assertLine(R.id.call_status, 0, "");
    }

    @Test
    public void connectTurnsBothButtonsOffAndKeepsTheFields() {
        presenter.pressConnect();
        assertOff(R.id.connect, R.id.connect_with_token, R.id.call);
        assertLine(R.id.status, R.string.connecting, "");
        assertEquals(1, view.saved);
    }

    @Test
    public void connectSendsTheAccountAndTheDomainAsProxy() {
        register();
        JSONObject sent = gateway.saidOnce("connection");
        assertEquals("1001", sent.optString("sipLogin"));
        assertEquals("secret", sent.optString("sipPassword"));
        assertEquals("sip.example", sent.optString("sipDomain"));
        assertEquals("sip.example", sent.optString("sipOutboundProxy"));
        assertEquals(5060, sent.optInt("sipPort"));
        assertTrue(sent.optBoolean("sipRegisterRequired"));
        assertTrue(sent.optBoolean("keepAlive"));
    }

    @Test
    public void connectWithTokenSendsTheTokenAlone() {
        view.fields.put(R.id.auth_token, "token-0");
        presenter.pressConnectWithToken();
        assertOff(R.id.connect, R.id.connect_with_token);
        gateway.accepts("token-1");
        JSONObject sent = gateway.saidOnce("connection");
        assertEquals("token-0", sent.optString("authToken"));
        assertTrue(sent.optBoolean("keepAlive"));
        assertFalse(sent.has("sipLogin"));
        assertFalse(sent.has("sipPassword"));
    }

    @Test
    public void withoutATokenNothingIsSentAndTheFieldSaysWhy() {
        presenter.pressConnectWithToken();
        assertTrue(gateway.heardNothing());
        assertEquals(R.string.token_missing, (int) view.marks.get(R.id.auth_token));
        assertButton(R.id.connect_with_token, R.string.connect_with_token, true);
    }

    @Test
    public void connectedToBeRegisteredOneCannotCallYet() {
        presenter.pressConnect();
        gateway.accepts("token-1");
        assertButton(R.id.connect, R.string.disconnect, true);
        assertButton(R.id.connect_with_token, R.string.disconnect, true);
        assertLine(R.id.status, R.string.registering, "");
        assertOff(R.id.call);
        assertEquals("token-1", view.text(R.id.auth_token));
    }

    @Test
    public void connectedWithoutRegistrationOneCanCall() {
        view.boxes.remove(R.id.sip_register_required);
        presenter.pressConnect();
        gateway.accepts("token-1");
        assertLine(R.id.status, R.string.connected, "");
        assertButton(R.id.call, R.string.call, true);
        assertFalse(gateway.saidOnce("connection").optBoolean("sipRegisterRequired"));
    }

    @Test
    public void connectedByTokenOneCanCallAtOnce() {
        view.fields.put(R.id.auth_token, "token-0");
        presenter.pressConnectWithToken();
        gateway.resumes("token-1");
        assertLine(R.id.status, R.string.connected, "");
        assertButton(R.id.call, R.string.call, true);
    }

    @Test
    public void registeredOneCanCall() {
        register();
        assertLine(R.id.status, R.string.registered, "");
        assertButton(R.id.call, R.string.call, true);
        assertOff(R.id.hold, R.id.mute, R.id.send_dtmf);
    }

    @Test
    public void disconnectBringsTheButtonsBack() {
        register();
        presenter.pressConnect();
        assertButton(R.id.connect, R.string.connect, true);
        assertButton(R.id.connect_with_token, R.string.connect_with_token, true);
        assertOff(R.id.call, R.id.hold, R.id.send_dtmf);
        assertLine(R.id.status, R.string.disconnected, "");
        assertLine(R.id.call_status, 0, "");
        assertNull(view.errors.get(R.id.status));
    }

    @Test
    public void theButtonOfTheTokenDisconnectsAsWell() {
        register();
        presenter.pressConnectWithToken();
        assertLine(R.id.status, R.string.disconnected, "");
        assertEquals(1, gateway.said("connection").size());
    }

    @Test
    public void disconnectInACallClearsTheCall() {
        talk();
        presenter.pressConnect();
        assertButton(R.id.call, R.string.call, false);
        assertOff(R.id.hold, R.id.mute, R.id.send_dtmf);
        assertLine(R.id.call_status, 0, "");
    }

    @Test
    public void aRefusedAccountIsSaidWithSentenceAndRemedy() {
        presenter.pressConnect();
        gateway.refuses("sip_auth_failed", "the SIP server refused the password", "check it");
        assertLine(R.id.status, R.string.disconnected, "");
        assertEquals("The SIP server refused the password.",
                view.errors.get(R.id.status).getSentence());
        assertEquals("Check it.", view.errors.get(R.id.status).getRemedy());
        assertButton(R.id.connect, R.string.connect, true);
    }

    @Test
    public void aBadLoginIsRefusedBeforeAnythingIsSent() {
        view.fields.put(R.id.sip_login, "Ralf C12441");
        presenter.pressConnect();
        assertTrue(gateway.heardNothing());
        assertEquals("sipLogin", view.errors.get(R.id.status).getField());
        assertButton(R.id.connect, R.string.connect, true);
    }

    @Test
    public void aPortThatIsNoneIsRefusedToo() {
        for (String port : List.of("70000", "-1", "5o6o", "999999999999")) {
            view.fields.put(R.id.sip_port, port);
            presenter.pressConnect();
            assertEquals(port, "sipPort", view.errors.get(R.id.status).getField());
        }
        assertTrue(gateway.heardNothing());
    }

    @Test
    public void anEmptyPortIsTheUsualOne() {
        view.fields.put(R.id.sip_port, "");
        presenter.pressConnect();
        gateway.accepts("token-1");
        assertFalse(gateway.saidOnce("connection").has("sipPort"));
    }

    @Test
    public void aLostConnectionIsSaidAndOneCannotCallMeanwhile() {
        register();
        gateway.loses();
        assertLine(R.id.status, R.string.reconnecting, "");
        assertButton(R.id.connect, R.string.disconnect, true);
        assertOff(R.id.call);
        assertFalse(view.errors.get(R.id.status).getSentence().isEmpty());
    }

    @Test
    public void aGatewayThatIsAboutToRestartIsSaidUntilItGoesOn() {
        talk();
        gateway.drains();
        assertLine(R.id.status, R.string.registered, "");
        assertEquals("The gateway is about to restart.",
                view.errors.get(R.id.status).getSentence());
        assertLine(R.id.call_status, R.string.talking, "1002");
        gateway.goesOn();
        assertNull(view.errors.get(R.id.status));
    }

    /* ---- an outgoing call ---- */

    @Test
    public void withoutACalleeNobodyIsCalled() {
        register();
        view.fields.put(R.id.callee, "");
        presenter.pressCall();
        assertTrue(view.asked.isEmpty());
        assertEquals(R.string.callee_missing, (int) view.marks.get(R.id.callee));
    }

    @Test
    public void malformedParametersAreSaidAtTheirField() {
        register();
        for (String text : List.of("{", "[]", "{\"X-A\":{}}", "X-A: 1", "{\"X-A\":1}")) {
            view.marks.clear();
            view.fields.put(R.id.invite_parameters, text);
            presenter.pressCall();
            assertEquals(text, R.string.parameters_malformed,
                    (int) view.marks.get(R.id.invite_parameters));
        }
        assertTrue(view.asked.isEmpty());
    }

    @Test
    public void callAsksForTheMicrophoneFirst() {
        register();
        presenter.pressCall();
        assertEquals(List.of(PhonePresenter.TO_CALL), view.asked);
        assertEquals(2, view.saved);
        assertTrue(gateway.said("call").isEmpty());
    }

    @Test
    public void allowedItCallsAndTheButtonWaits() {
        register();
        view.fields.put(R.id.invite_parameters, "{\"X-Ticket\":\"42\"}");
        presenter.pressCall();
        presenter.onMicrophone(PhonePresenter.TO_CALL, true);
        JSONObject sent = gateway.saidOnce("call");
        assertEquals("1002", sent.optString("callee"));
        assertEquals("42", sent.optJSONObject("inviteParameters").optString("X-Ticket"));
        assertFalse(sent.optBoolean("hasVideo"));
        assertOff(R.id.call);
        assertLine(R.id.call_status, R.string.calling, "1002");
    }

    @Test
    public void tryingTurnsTheButtonIntoHangup() {
        dial();
        gateway.reports("notifyTryingResponse", "TRYING");
        assertButton(R.id.call, R.string.hangup, true);
        assertOff(R.id.hold, R.id.mute, R.id.send_dtmf);
    }

    @Test
    public void ringingIsSaid() {
        dial();
        gateway.reports("ring", "RING");
        assertButton(R.id.call, R.string.hangup, true);
        assertLine(R.id.call_status, R.string.ringing, "1002");
    }

    @Test
    public void establishedTurnsHoldMuteAndDtmfOn() {
        talk();
        assertButton(R.id.hold, R.string.hold, true);
        assertButton(R.id.mute, R.string.mute, true);
        assertButton(R.id.send_dtmf, R.string.send_dtmf, true);
        assertLine(R.id.call_status, R.string.talking, "1002");
    }

    @Test
    public void holdTurnsOnceTheGatewayHasConfirmedIt() {
        talk();
        presenter.pressHold();
        assertButton(R.id.hold, R.string.hold, true);
        gateway.saidOnce("hold");
        gateway.reports("hold", "HOLD");
        assertButton(R.id.hold, R.string.unhold, true);
        assertLine(R.id.call_status, R.string.held, "1002");
        presenter.pressHold();
        assertButton(R.id.hold, R.string.unhold, true);
        gateway.saidOnce("unhold");
        gateway.talks(gateway.dialled());
        assertButton(R.id.hold, R.string.hold, true);
        assertLine(R.id.call_status, R.string.talking, "1002");
    }

    @Test
    public void muteTurnsAtOnce() {
        talk();
        presenter.pressMute();
        assertButton(R.id.mute, R.string.unmute, true);
        assertTrue(gateway.session.getCalls().get(0).isAudioMuted());
        presenter.pressMute();
        assertButton(R.id.mute, R.string.mute, true);
        assertFalse(gateway.session.getCalls().get(0).isAudioMuted());
    }

    @Test
    public void digitsAreSent() {
        talk();
        view.fields.put(R.id.dtmf, "12#");
        presenter.pressSendDtmf();
        StringBuilder digits = new StringBuilder();
        for (JSONObject sent : gateway.said("sendDtmf")) {
            assertEquals("RFC2833", sent.optString("type"));
            digits.append(sent.optString("dtmf"));
        }
        assertEquals("12#", digits.toString());
    }

    @Test
    public void noDigitsAreNotSent() {
        talk();
        view.fields.put(R.id.dtmf, "");
        presenter.pressSendDtmf();
        assertTrue(gateway.said("sendDtmf").isEmpty());
    }

    @Test
    public void busyIsSaidAndOneCanCallAgain() {
        dial();
        gateway.ends(gateway.dialled(), "busy", "BUSY", "busy",
                "the far end is busy", "try again later");
        assertCallControlsReset();
        assertLine(R.id.call_status, R.string.busy, "");
        assertEquals("Try again later.", view.errors.get(R.id.call_status).getRemedy());
    }

    @Test
    public void finishedResetsEverything() {
        talk();
        presenter.pressMute();
        gateway.finishes(gateway.dialled());
        assertCallControlsReset();
        assertLine(R.id.call_status, R.string.finished, "");
        assertNull(view.errors.get(R.id.call_status));
    }

    @Test
    public void hangupWaitsForTheEnd() {
        talk();
        presenter.pressCall();
        gateway.saidOnce("hangup");
        assertOff(R.id.call);
        gateway.finishes(gateway.dialled());
        assertCallControlsReset();
    }

    @Test
    public void ringingAfterHangupDoesNotOfferItAgain() {
        dial();
        gateway.reports("notifyTryingResponse", "TRYING");
        presenter.pressCall();
        gateway.reports("ring", "RING");
        assertOff(R.id.call);
    }

    @Test
    public void theNextCallStartsAfresh() {
        talk();
        presenter.pressMute();
        gateway.ends(gateway.dialled(), "finish", "FAILED", "sip_lost",
                "the far end of the call no longer answers", "call again");
        presenter.pressCall();
        presenter.onMicrophone(PhonePresenter.TO_CALL, true);
        assertEquals(2, gateway.said("call").size());
        assertNull(view.errors.get(R.id.call_status));
        assertButton(R.id.mute, R.string.mute, false);
    }

    /* ---- an incoming call ---- */

    @Test
    public void anIncomingCallAsks() {
        ring();
        assertTrue(view.rings);
        assertEquals(R.string.incoming_from, view.incomingText);
        assertEquals("1003", view.incomingFrom);
        assertOff(R.id.hold, R.id.mute, R.id.send_dtmf);
    }

    @Test
    public void answerAsksForTheMicrophoneAndAnswers() {
        ring();
        presenter.pressAnswer();
        assertEquals(List.of(PhonePresenter.TO_ANSWER), view.asked);
        assertTrue(gateway.said("answer").isEmpty());
        presenter.onMicrophone(PhonePresenter.TO_ANSWER, true);
        assertFalse(view.rings);
        assertEquals("in-1", gateway.saidOnce("answer").optString("callId"));
        gateway.talks("in-1");
        assertButton(R.id.call, R.string.hangup, true);
        assertButton(R.id.hold, R.string.hold, true);
        assertLine(R.id.call_status, R.string.talking, "1003");
    }

    @Test
    public void hangupInTheDialogDeclines() {
        ring();
        presenter.pressHangup();
        assertFalse(view.rings);
        assertEquals("in-1", gateway.saidOnce("hangup").optString("callId"));
    }

    @Test
    public void aCallerWhoGivesUpTakesTheDialogAway() {
        ring();
        gateway.ends("in-1", "finish", "FINISH", "cancelled", "the caller gave up", "");
        assertCallControlsReset();
    }

    /* ---- the screen ---- */

    @Test
    public void aTurnedScreenShowsTheCallAgain() {
        talk();
        presenter.detach(false);
        FakeView turned = new FakeView();
        presenter.attach(turned);
        assertEquals(R.string.talking, (int) turned.texts.get(R.id.call_status));
        assertTrue(turned.enabled.contains(R.id.hold));
        assertTrue(gateway.said("hangup").isEmpty());
    }

    @Test
    public void aTurnedScreenAsksAgain() {
        ring();
        presenter.detach(false);
        FakeView turned = new FakeView();
        presenter.attach(turned);
        assertTrue(turned.rings);
        assertEquals("1003", turned.incomingFrom);
    }

    @Test
    public void anIdleSessionEndsWithItsScreen() {
        register();
        presenter.detach(true);
        assertTrue(gateway.session.getState().name(), isOver());
    }

    @Test
    public void eventsWithoutAScreenAreShownByTheNextOne() {
        dial();
        presenter.detach(false);
        gateway.reports("ring", "RING");
        presenter.attach(view);
        assertLine(R.id.call_status, R.string.ringing, "1002");
    }

    private boolean isOver() {
        return gateway.session.getState().name().equals("DISCONNECTED");
    }

    /* ---- ten defects of the sample that this one follows ---- */

    @Test
    public void defect1AFailedCallLeavesNothingStuckAndSaysWhy() {
        dial();
        gateway.ends(gateway.dialled(), "finish", "FAILED",
                "no_common_codec", "the two sides have no codec in common", "enable opus");
        assertCallControlsReset();
        assertLine(R.id.call_status, R.string.failed, "");
        assertEquals("The two sides have no codec in common.",
                view.errors.get(R.id.call_status).getSentence());
        assertEquals("Enable opus.", view.errors.get(R.id.call_status).getRemedy());
    }

    @Test
    public void defect2ARefusedMicrophoneIsSaidAndNothingElseHappens() {
        register();
        presenter.pressCall();
        presenter.onMicrophone(PhonePresenter.TO_CALL, false);
        assertCallControlsReset();
        assertLine(R.id.call_status, R.string.microphone_refused, "");
        assertTrue(gateway.said("call").isEmpty());
        assertTrue(gateway.said("hangup").isEmpty());
    }

    @Test
    public void defect2ARefusedMicrophoneLeavesTheCallRinging() {
        ring();
        presenter.pressAnswer();
        presenter.onMicrophone(PhonePresenter.TO_ANSWER, false);
        assertTrue(view.rings);
        assertEquals(R.string.microphone_refused, view.incomingText);
        presenter.pressAnswer();
        presenter.onMicrophone(PhonePresenter.TO_ANSWER, true);
        gateway.saidOnce("answer");
    }

    @Test
    public void defect2AnAnswerThatComesLateAnswersNobodyElse() {
        ring();
        presenter.pressAnswer();
        gateway.ends("in-1", "finish", "FINISH", "cancelled", "the caller gave up", "");
        gateway.calls("in-2", "1004");
        presenter.onMicrophone(PhonePresenter.TO_ANSWER, true);
        assertTrue(gateway.said("answer").isEmpty());
        assertTrue(view.rings);
    }

    @Test
    public void defect2ACallThatCameMeanwhileIsNotLeftForAnother() {
        register();
        presenter.pressCall();
        gateway.calls("in-1", "1003");
        presenter.onMicrophone(PhonePresenter.TO_CALL, true);
        assertTrue(gateway.said("call").isEmpty());
        assertTrue(view.rings);
    }

    @Test
    public void defect2ARefusalIsForgottenWithTheNextCall() {
        register();
        presenter.pressCall();
        presenter.onMicrophone(PhonePresenter.TO_CALL, false);
        gateway.calls("in-1", "1003");
        assertEquals(R.string.incoming_from, view.incomingText);
    }

    @Test
    public void aCallThatEndsBetweenFingerAndClickIsNotHungUp() {
        ring();
        gateway.ends("in-1", "finish", "FINISH", "cancelled", "the caller gave up", "");
        presenter.pressHangup();
        assertTrue(gateway.said("hangup").isEmpty());
        assertCallControlsReset();
    }

    @Test
    public void defect3ATokenCanBeUsedBeforeAnyAccount() {
        assertButton(R.id.connect_with_token, R.string.connect_with_token, true);
        view.fields.put(R.id.auth_token, "token-0");
        presenter.pressConnectWithToken();
        gateway.resumes("token-1");
        assertEquals("token-1", view.text(R.id.auth_token));
    }

    @Test
    public void defect4ASecondCallWaitsAndIsNext() {
        talk();
        gateway.calls("in-2", "1004");
        assertFalse(view.rings);
        assertLine(R.id.call_status, R.string.talking, "1002");
        assertLine(R.id.waiting, R.string.waiting, "1004");
        assertTrue(gateway.said("hangup").isEmpty());
        gateway.finishes(gateway.dialled());
        assertTrue(view.rings);
        assertEquals("1004", view.incomingFrom);
        assertLine(R.id.waiting, 0, "");
    }

    @Test
    public void defect4ASecondCallerWhoGivesUpIsForgotten() {
        ring();
        gateway.calls("in-2", "1004");
        assertEquals("1003", view.incomingFrom);
        gateway.ends("in-2", "finish", "FINISH", "cancelled", "the caller gave up", "");
        assertLine(R.id.waiting, 0, "");
        assertTrue(view.rings);
    }

    @Test
    public void defect4ASecondCallAnsweredInItsNotificationReplacesTheFirst() {
        talk();
        gateway.calls("in-2", "1004");
        gateway.session.getCalls().get(1).answer();
        gateway.talks("in-2");
        assertLine(R.id.call_status, R.string.talking, "1004");
        assertFalse(view.rings);
        assertEquals(gateway.dialled(),
                gateway.saidOnce("hangup").optString("callId"));
        gateway.finishes(gateway.dialled());
        assertLine(R.id.call_status, R.string.talking, "1004");
    }

    @Test
    public void defect4TheFirstMayEndBeforeTheSecondIsUp() {
        talk();
        gateway.calls("in-2", "1004");
        gateway.session.getCalls().get(1).answer();
        gateway.finishes(gateway.dialled());
        gateway.talks("in-2");
        assertLine(R.id.call_status, R.string.talking, "1004");
        assertButton(R.id.call, R.string.hangup, true);
        assertTrue(gateway.said("hangup").isEmpty());
    }

    @Test
    public void aCallAnsweredInItsNotificationAsksNoMore() {
        ring();
        gateway.session.getCalls().get(0).answer();
        gateway.talks("in-1");
        assertFalse(view.rings);
        assertButton(R.id.hold, R.string.hold, true);
    }

    @Test
    public void defect7AClosedScreenEndsNoCall() {
        talk();
        presenter.detach(true);
        assertTrue(gateway.said("hangup").isEmpty());
        assertFalse(isOver());
        gateway.finishes(gateway.dialled());
        assertTrue("an idle session without a screen", isOver());
    }

    @Test
    public void defect9AfterAFailureOneCanCallAgain() {
        dial();
        gateway.ends(gateway.dialled(), "finish", "FAILED",
                "sip_timeout", "the SIP server did not answer", "");
        assertButton(R.id.call, R.string.call, true);
    }
}
