package org.zvonok.compat.fpwcsapi.session;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Test;
import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.constraints.AudioConstraints;
import org.zvonok.compat.fpwcsapi.constraints.Constraints;
import org.zvonok.sdk.spi.MediaRequest;

/** Calls by the surface of WCS, against a gateway by script: each event of the protocol. */
public final class CallTest {
    private static final String SDP = "'v=0\\r\\nm=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\n'";

    private final FakeGateway gateway = new FakeGateway();
    private final Session session =
            new Session(new SessionOptions("wss://gateway.example:8443"), gateway);
    private final List<String> told = new ArrayList<>();
    private final CallStatusEvent listener = new CallbackNames(told);
    private String callId;
    private Call incoming;

    @Before
    public void connect() {
        Connection account = new Connection();
        account.setSipLogin("1000");
        account.setSipPassword("secret");
        account.setSipDomain("sip.example");
        session.connect(account);
        gateway.accept();
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t','status':'ESTABLISHED'}");
        gateway.say("registered", "{'sipLogin':'1000','status':'REGISTERED'}");
    }

    @Test
    public void anOutgoingCallGoesFromNewToFinish() throws Exception {
        Call call = session.createCall(new CallOptions("2000"));
        call.on(listener);
        assertEquals("NEW", call.getStatus());
        call.call();
        assertEquals("PENDING", call.getStatus());
        takeCall();
        say("notifyTryingResponse", "TRYING");
        say("ring", "RING");
        gateway.say("setRemoteSDP", "'" + callId + "'," + SDP + ",true");
        say("talk", "ESTABLISHED");
        say("finish", "FINISH");
        assertEquals(
                List.of(
                        "onTrying TRYING",
                        "onRing RING",
                        "onEstablished ESTABLISHED",
                        "onFinished FINISH"),
                told);
        assertNull(call.getError());
    }

    @Test
    public void whatIsHeardBeforeTheAnswerShowsInTheStatus() throws Exception {
        call("2000");
        say("notifyTryingResponse", "TRYING");
        gateway.say("setRemoteSDP", "'" + callId + "'," + SDP + ",true");
        say("ring", "SESSION_PROGRESS");
        assertEquals(List.of("onTrying TRYING", "onRing SESSION_PROGRESS"), told);
    }

    @Test
    public void aBusyCallEndsOnce() throws Exception {
        Call call = call("2000");
        say("notifyTryingResponse", "TRYING");
        say("busy", "BUSY");
        say("finish", "FINISH");
        assertEquals(List.of("onTrying TRYING", "onBusy BUSY"), told);
        assertEquals("busy", call.getError().getCause());
    }

    @Test
    public void aFailedCallSaysWhy() throws Exception {
        Call call = call("2000");
        say("notifyTryingResponse", "TRYING");
        gateway.say("finish", "{'callId':'" + callId + "','status':'FAILED','sipStatus':488,"
                + "'cause':'no_common_codec','text':'no codec in common','remedy':'enable opus'}");
        assertEquals(List.of("onTrying TRYING", "onFailed FAILED"), told);
        assertEquals("no_common_codec", call.getError().getCause());
        assertEquals(488, call.getError().getSipStatus());
        assertEquals("No codec in common.", call.getError().getSentence());
        assertEquals("Enable opus.", call.getError().getRemedy());
    }

    @Test
    public void holdAndUnholdAreTold() throws Exception {
        Call call = talk();
        told.clear();
        call.hold();
        assertEquals(callId, gateway.last("hold").getString("callId"));
        say("hold", "HOLD");
        call.unhold();
        assertEquals(callId, gateway.last("unhold").getString("callId"));
        say("talk", "ESTABLISHED");
        assertEquals(List.of("onHold HOLD", "onEstablished ESTABLISHED"), told);
    }

    @Test
    public void digitsAreSentInEachWay() throws Exception {
        Call call = talk();
        call.sendDTMF("5", Call.DTMFType.RFC2833);
        assertEquals("RFC2833", gateway.last("sendDtmf").getString("type"));
        assertEquals("5", gateway.last("sendDtmf").getString("dtmf"));
        call.sendDTMF("6", Call.DTMFType.INFO);
        assertEquals("INFO", gateway.last("sendDtmf").getString("type"));
        call.sendDTMF("7", Call.DTMFType.INFO_RELAY);
        assertEquals("INFO_RELAY", gateway.last("sendDtmf").getString("type"));
        call.sendDTMF("x", Call.DTMFType.RFC2833);
        assertEquals(3, gateway.count("sendDtmf"));
    }

    @Test
    public void microphoneAndCameraAreMuted() throws Exception {
        Call call = talk();
        gateway.media.asked.clear();
        call.muteAudio();
        call.unmuteAudio();
        call.muteVideo();
        call.unmuteVideo();
        gateway.scheduler.run();
        assertEquals(
                List.of(
                        "audio muted true",
                        "audio muted false",
                        "video muted true",
                        "video muted false"),
                gateway.media.asked);
    }

    @Test
    public void hangingUpIsToldOnceByTheGatewaysWord() throws Exception {
        Call call = talk();
        told.clear();
        call.hangup();
        assertEquals(callId, gateway.last("hangup").getString("callId"));
        say("finish", "FINISH");
        call.hangup();
        gateway.scheduler.run();
        assertEquals(List.of("onFinished FINISH"), told);
    }

    @Test
    public void aCallThatIsNeverTakenEnds() throws Exception {
        call("2000");
        gateway.scheduler.advance(600_000);
        assertEquals("exactly one event: " + told, 1, told.size());
        assertTrue(told.toString(), told.get(0).endsWith("FAILED"));
    }

    @Test
    public void theEndOfTheSessionEndsTheCall() throws Exception {
        talk();
        told.clear();
        session.disconnect();
        gateway.scheduler.run();
        assertEquals(1, told.size());
    }

    @Test
    public void headersTravelWithTheCall() throws Exception {
        CallOptions options = new CallOptions("2000");
        options.setInviteParameters(Collections.singletonMap("X-Ticket", "42"));
        start(options);
        JSONObject parameters = gateway.last("call").getJSONObject("inviteParameters");
        assertEquals("42", parameters.getString("X-Ticket"));
    }

    @Test
    public void headersMayBeNull() throws Exception {
        CallOptions options = new CallOptions("2000");
        options.setInviteParameters(null);
        start(options);
        assertEquals("2000", gateway.last("call").getString("callee"));
    }

    @Test
    public void aPictureIsAskedForByTheConstraints() throws Exception {
        start(new CallOptions("2000"));
        assertFalse(request().video);
        CallOptions withVideo = new CallOptions("2001");
        withVideo.getConstraints().updateVideo(true);
        start(withVideo);
        assertTrue(request().video);
    }

    @Test
    public void libwebrtcsConstraintsReachTheEngine() throws Exception {
        CallOptions options = new CallOptions("2000");
        start(options);
        FakeGateway.Wish wish = (FakeGateway.Wish) request().options;
        AudioConstraints audio = options.getConstraints().getAudioConstraints();
        assertSame(audio.getMediaConstraints(), wish.audio);
    }

    @Test
    public void theRenderersAreFreeWhenTheSessionIsOver() throws Exception {
        talk();
        assertNull(gateway.released);
        session.disconnect();
        gateway.scheduler.run();
        assertSame(request().options, gateway.released);
    }

    @Test
    public void constraintsWithoutSoundMuteTheMicrophone() throws Exception {
        CallOptions options = new CallOptions("2000");
        options.setConstraints(new Constraints(false, false));
        Call call = start(options);
        assertTrue(call.getSdkCall().isAudioMuted());
    }

    @Test
    public void anIncomingCallIsToldBeforeItsEvents() throws Exception {
        ring(false);
        assertEquals(List.of("onCall RING 2000", "onRing RING"), told);
        assertNotNull(incoming.getCallOptions());
        assertNotNull(incoming.getCallOptions().getConstraints());
        assertEquals("1000", incoming.getCallee());
    }

    @Test
    public void anIncomingCallIsAnsweredBySound() throws Exception {
        ring(true);
        incoming.answer();
        assertEquals("PENDING", incoming.getStatus());
        assertEquals(callId, gateway.last("answer").getString("callId"));
        assertTrue(gateway.media.asked.contains("answer video false"));
        say("talk", "ESTABLISHED");
        say("finish", "FINISH");
        assertEquals(
                List.of(
                        "onCall RING 2000",
                        "onRing RING",
                        "onEstablished ESTABLISHED",
                        "onFinished FINISH"),
                told);
    }

    @Test
    public void anIncomingCallIsAnsweredWithAPictureByItsObject() throws Exception {
        ring(true);
        incoming.getCallObject().setHasVideo(true);
        incoming.answer();
        gateway.last("answer");
        assertTrue(gateway.media.asked.contains("answer video true"));
    }

    @Test
    public void anIncomingCallIsAnsweredWithAPictureByItsConstraints() throws Exception {
        ring(true);
        incoming.getCallOptions().getConstraints().updateVideo(true);
        incoming.answer();
        gateway.last("answer");
        assertTrue(gateway.media.asked.contains("answer video true"));
    }

    @Test
    public void anIncomingCallThatItsNotificationAnswersHasTheSessionsMedia() throws Exception {
        ring(true);
        incoming.getSdkCall().answer();
        gateway.last("answer");
        assertTrue(request().options instanceof FakeGateway.Wish);
    }

    @Test
    public void anIncomingCallThatIsGivenUpFinishes() throws Exception {
        ring(false);
        say("finish", "FINISH");
        assertEquals(List.of("onCall RING 2000", "onRing RING", "onFinished FINISH"), told);
    }

    @Test
    public void anIncomingCallIsDeclined() throws Exception {
        ring(false);
        incoming.hangup();
        assertEquals(callId, gateway.last("hangup").getString("callId"));
    }

    @Test
    public void whoListensLateIsToldHowTheCallStands() throws Exception {
        Call call = talk();
        List<String> late = new ArrayList<>();
        call.on(new CallbackNames(late));
        gateway.scheduler.run();
        assertEquals(List.of("onEstablished ESTABLISHED"), late);
        int before = told.size();
        say("finish", "FINISH");
        assertEquals("the first listener is told no more", before, told.size());
        assertEquals(List.of("onEstablished ESTABLISHED", "onFinished FINISH"), late);
    }

    @Test
    public void theStatusIsKeptWhereNobodyListens() throws Exception {
        Call call = session.createCall(new CallOptions("2000"));
        call.call();
        takeCall();
        say("notifyTryingResponse", "TRYING");
        say("ring", "RING");
        assertEquals("RING", call.getStatus());
        say("finish", "FINISH");
        assertEquals("FINISH", call.getStatus());
    }

    private Call call(String callee) throws Exception {
        return start(new CallOptions(callee));
    }

    private Call start(CallOptions options) throws Exception {
        Call call = session.createCall(options);
        call.on(listener);
        call.call();
        takeCall();
        return call;
    }

    private Call talk() throws Exception {
        Call call = call("2000");
        say("notifyTryingResponse", "TRYING");
        gateway.say("setRemoteSDP", "'" + callId + "'," + SDP + ",true");
        say("talk", "ESTABLISHED");
        return call;
    }

    private void ring(boolean video) {
        session.on((IncomingCallEvent) call -> {
            incoming = call;
            call.on(listener);
            told.add("onCall " + call.getStatus() + " " + call.getCaller());
        });
        callId = "in-9f3";
        gateway.say("setRemoteSDP", "'in-9f3'," + SDP + ",false");
        gateway.say("notifyIncomingCall", "{'callId':'in-9f3','incoming':true,'status':'RING',"
                + "'caller':'2000','callee':'1000','hasAudio':true,'hasVideo':" + video + "}");
        say("ring", "RING");
    }

    private void takeCall() throws Exception {
        callId = gateway.last("call").getString("callId");
    }

    private MediaRequest request() {
        return gateway.media.requests.get(gateway.media.requests.size() - 1);
    }

    private void say(String message, String status) {
        gateway.say(message, "{'callId':'" + callId + "','status':'" + status + "'"
                + ("busy".equals(message) ? ",'sipStatus':486,'cause':'busy'" : "") + "}");
    }
}
