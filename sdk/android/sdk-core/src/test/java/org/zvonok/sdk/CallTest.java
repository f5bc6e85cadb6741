package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.sdk.spi.MediaState;

/** Outgoing and incoming calls: how they go, how they end, and that none is left waiting. */
public class CallTest {
    private final Stage stage = new Stage().connected();

    {
        stage.takeEvents();
    }

    /* ---- outgoing ---- */

    @Test
    public void anOutgoingCallIsAnswered() {
        Call call = stage.session.createCall(CallOptions.builder("1002").build());
        assertEquals(CallState.NEW, call.getState());
        call.addListener(new CallRecorder(stage.events));
        call.call();
        assertEquals("NEW", call.getWireStatus());
        stage.clock.run();
        assertEquals(CallState.CONNECTING, call.getState());
        assertEquals("PENDING", call.getWireStatus());
        assertEquals("1001", call.getCaller());
        JSONObject sent = stage.lastSent("call");
        assertEquals(call.getId(), sent.getString("callId"));
        assertEquals("1002", sent.getString("callee"));
        assertFalse(sent.getBoolean("hasVideo"));

        String id = call.getId();
        stage.say(Say.trying(id));
        assertEquals("TRYING", call.getWireStatus());
        stage.say(Say.ring(id));
        assertEquals(CallState.RINGING, call.getState());
        stage.say(Say.sdp(id, Say.OFFER), Say.talk(id));
        assertEquals(CallState.ACTIVE, call.getState());
        assertEquals(Arrays.asList("offer", "accept"), stage.media.last().steps);
        stage.say(Say.finish(id, "FINISH", 200, "normal"));
        assertEquals(Arrays.asList("trying", "ringing", "established", "ended FINISHED normal"),
                stage.events);
        assertNull(call.getEnd().getError());
        assertEquals("FINISH", call.getWireStatus());
        assertEquals(0, stage.media.open());
        assertEquals(Collections.emptyList(), stage.session.getCalls());
    }

    @Test
    public void earlyMediaRingsOnce() {
        Call call = stage.calling();
        String id = call.getId();
        stage.say(Say.trying(id), Say.sdp(id, Say.OFFER), Say.progress(id, "SESSION_PROGRESS"));
        assertEquals("SESSION_PROGRESS", call.getWireStatus());
        stage.say(Say.ring(id));
        assertEquals("RING", call.getWireStatus());
        stage.say(Say.sdp(id, Say.OFFER), Say.talk(id));
        assertEquals(Arrays.asList("trying", "ringing", "established"), stage.events);
        assertEquals("a second description was taken", Arrays.asList("offer", "accept"),
                stage.media.last().steps);
    }

    @Test
    public void busyEndsOnce() {
        Call call = stage.calling();
        stage.say(Say.trying(call.getId()), Say.busy(call.getId()),
                Say.finish(call.getId(), "FINISH", 486, "busy"));
        assertEquals(Arrays.asList("trying", "ended BUSY busy"), stage.events);
        assertEquals(486, call.getEnd().getSipStatus());
        assertEquals(ErrorCode.SIP_BUSY, call.getEnd().getError().getCode());
        assertEquals("The far end is busy.", call.getEnd().getText());
    }

    @Test
    public void aFailureHasTheSentenceOfTheGateway() {
        Call call = stage.calling();
        stage.say(Say.fail("CallStatusEvent", call.getId(), "bad_callee"),
                Say.finish(call.getId(), "FAILED", 0, "bad_request"));
        assertEquals(Arrays.asList("ended FAILED bad_callee"), stage.events);
        assertEquals("It was refused.", call.getEnd().getText());
    }

    @Test
    public void hangingUpWhileItRingsWaitsForTheGateway() {
        Call call = stage.calling();
        stage.say(Say.trying(call.getId()), Say.ring(call.getId()));
        call.hangup();
        call.hangup();
        stage.clock.run();
        assertEquals("the microphone is still open", 0, stage.media.open());
        assertEquals(1, Collections.frequency(stage.sent(), "hangup"));
        assertEquals(CallState.RINGING, call.getState());
        stage.say(Say.talk(call.getId())); // it crossed with the answer
        stage.say(Say.finish(call.getId(), "FINISH", 487, "cancelled"));
        assertEquals(Arrays.asList("trying", "ringing", "ended FINISHED cancelled by us"),
                stage.events);
    }

    @Test
    public void hangingUpEndsWithoutTheGatewayAsWell() {
        Call call = stage.calling();
        call.hangup();
        stage.advance(5_000);
        assertEquals(Arrays.asList("ended FINISHED normal by us"), stage.events);
    }

    @Test
    public void hangingUpBeforeTheOfferTellsNobody() {
        stage.media.byHand = true;
        Call call = stage.calling();
        call.hangup();
        stage.clock.run();
        assertEquals(Arrays.asList("ended FINISHED normal by us"), stage.events);
        assertFalse(stage.sent().contains("call") || stage.sent().contains("hangup"));
        assertTrue(stage.media.last().closed);
    }

    @Test
    public void noWaitOfAnOutgoingCallLastsForEver() {
        stage.media.byHand = true;
        stage.calling();
        keepAlive(10_000);
        assertEquals(Arrays.asList("ended FAILED media_engine"), stage.takeEvents());
        stage.media.byHand = false;

        stage.calling();
        keepAlive(10_000);
        assertEquals(Arrays.asList("ended FAILED call_timeout"), stage.takeEvents());
        assertEquals(1, Collections.frequency(stage.sent(), "hangup"));

        stage.say(Say.trying(stage.calling().getId()));
        keepAlive(45_000);
        assertEquals(Arrays.asList("trying", "ended FAILED call_timeout"), stage.takeEvents());

        stage.say(Say.ring(stage.calling().getId()));
        keepAlive(240_000);
        assertEquals(Arrays.asList("ringing", "ended FINISHED no_answer"), stage.takeEvents());

        Call call = stage.calling();
        stage.say(Say.trying(call.getId()), Say.sdp(call.getId(), Say.OFFER),
                Say.talk(call.getId()));
        keepAlive(20_000);
        assertEquals(Arrays.asList("trying", "established", "ended FAILED media_failed"),
                stage.takeEvents());
    }

    @Test
    public void aTalkWithoutADescriptionEnds() {
        Call call = stage.calling();
        stage.say(Say.trying(call.getId()), Say.talk(call.getId()));
        keepAlive(20_000);
        assertEquals(Arrays.asList("trying", "established", "ended FAILED media_failed"),
                stage.events);
    }

    @Test
    public void ringingAgainAndAgainIsNoNewWait() {
        Call call = stage.calling();
        stage.say(Say.ring(call.getId()));
        for (int i = 0; i < 48; i++) {
            stage.advance(5_000);
            stage.say(Say.progress(call.getId(), "RING_MEDIA"));
        }
        assertEquals(Arrays.asList("ringing", "ended FINISHED no_answer"), stage.events);
    }

    @Test
    public void aTalkThatNobodyHasAnsweredIsNone() {
        Call call = stage.ringing("in-1");
        stage.say(Say.talk("in-1"));
        assertEquals(CallState.RINGING, call.getState());
    }

    private void keepAlive(long millis) {
        for (long left = millis; left > 0; left -= 5_000) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
    }

    @Test
    public void anEngineThatFailsEndsTheCall() {
        stage.media.byHand = true;
        stage.calling();
        stage.media.last().fail();
        stage.clock.run();
        assertEquals(Arrays.asList("ended FAILED microphone_busy"), stage.takeEvents());
        stage.media.broken = true;
        Call call = stage.calling();
        assertEquals(Arrays.asList("ended FAILED media_engine"), stage.takeEvents());
        Throwable thrown = call.getEnd().getError().getThrowable();
        assertEquals("there is no media here", thrown.getMessage());
    }

    @Test
    public void aPathThatFailsEndsTheCallWhereNothingCanBeRenewed() {
        Stage plain = new Stage().connected("none");
        plain.talking();
        plain.takeEvents();
        plain.media.last().become(MediaState.FAILED);
        plain.clock.run();
        assertEquals(Arrays.asList("ended FAILED media_failed"), plain.events);
        assertEquals("hangup", plain.sent().get(plain.sent().size() - 1));
    }

    @Test
    public void aCallWithoutAConnectionFailsAtOnce() {
        Stage idle = new Stage();
        idle.calling();
        assertEquals(Arrays.asList("ended FAILED session_not_ready"), idle.events);
        assertEquals(0, idle.media.open());
    }

    @Test
    public void nobodyIsCalledWithoutANumber() {
        Call call = stage.calling(CallOptions.builder("  ").build());
        assertEquals(Arrays.asList("ended FAILED bad_callee"), stage.events);
        assertEquals("callee", call.getEnd().getError().getField());
    }

    @Test
    public void theNinthCallIsOneTooMany() {
        for (int i = 0; i < 8; i++) {
            stage.calling();
        }
        assertEquals(8, stage.session.getCalls().size());
        stage.calling();
        assertEquals(Arrays.asList("ended FAILED limit_client_calls"), stage.events);
    }

    /* ---- incoming ---- */

    @Test
    public void anIncomingCallIsAnswered() {
        Call call = stage.ringing("in-1");
        assertEquals("Bob", call.getRemoteName());
        assertEquals("1002", call.getCaller());
        assertEquals(CallState.RINGING, call.getState());
        assertTrue(stage.media.all.isEmpty());
        call.answer();
        stage.clock.run();
        assertEquals(CallState.CONNECTING, call.getState());
        JSONObject sent = stage.lastSent("answer");
        assertEquals("in-1", sent.getString("callId"));
        stage.say(Say.talk("in-1"));
        assertEquals(Arrays.asList("incoming Bob", "ringing", "established"), stage.events);
    }

    @Test
    public void anIncomingCallIsDeclined() {
        Call call = stage.ringing("in-1");
        call.hangup();
        stage.clock.run();
        assertEquals("in-1", stage.lastSent("hangup").getString("callId"));
        stage.say(Say.finish("in-1", "FINISH", 603, "declined"));
        assertEquals("ended FINISHED declined by us", stage.events.get(2));
    }

    @Test
    public void theCallerGivesUp() {
        Call call = stage.ringing("in-1");
        stage.say(Say.finish("in-1", "FINISH", 487, "cancelled"));
        assertEquals("ended FINISHED cancelled", stage.events.get(2));
        call.answer(); // too late
        stage.clock.run();
        assertTrue(stage.media.all.isEmpty());
        assertEquals(3, stage.events.size());
    }

    @Test
    public void noWaitOfAnIncomingCallLastsForEver() {
        stage.ringing("in-1");
        keepAlive(90_000);
        assertEquals(Arrays.asList("incoming Bob", "ringing", "ended FINISHED no_answer"),
                stage.takeEvents());

        stage.ringing("in-2").answer();
        stage.clock.run();
        stage.media.last().become(MediaState.CONNECTED);
        keepAlive(20_000);
        assertEquals("ended FAILED call_timeout", stage.events.get(2));
        assertEquals(1, Collections.frequency(stage.sent(), "answer"));
    }

    @Test
    public void anIncomingCallWithoutADescriptionIsNone() {
        stage.say(Say.incoming("in-1"));
        assertEquals(Collections.emptyList(), stage.events);
    }

    @Test
    public void aSecondCallDoesNotTouchTheFirst() {
        Call first = stage.ringing("in-1");
        Call second = stage.ringing("in-2");
        assertEquals(Arrays.asList(first, second), stage.session.getCalls());
        second.hangup();
        stage.say(Say.finish("in-2", "FINISH", 603, "declined"));
        assertEquals(CallState.RINGING, first.getState());
        assertEquals(Arrays.asList(first), stage.session.getCalls());
    }

    /* ---- listeners ---- */

    @Test
    public void aLateListenerIsToldTheStateOnce() {
        Call call = stage.talking();
        stage.takeEvents();
        CallRecorder late = new CallRecorder(stage.events);
        call.addListener(late);
        call.addListener(late);
        stage.clock.run();
        assertEquals(Arrays.asList("established"), stage.takeEvents());
        call.removeListener(late);
        stage.say(Say.finish(call.getId(), "FINISH", 200, "normal"));
        assertEquals("only the first listener", 1, stage.events.size());
        call.addListener(late);
        stage.clock.run();
        assertEquals("ended FINISHED normal", stage.events.get(1));
    }

    @Test
    public void aListenerThatThrowsDoesNotStopTheOthers() {
        Call call = stage.session.createCall(CallOptions.builder("1002").build());
        call.addListener(new CallListener() {
            @Override
            public void onTrying(Call which) {
                throw new IllegalStateException("the app is broken");
            }
        });
        call.addListener(new CallRecorder(stage.events));
        call.call();
        stage.clock.run();
        stage.say(Say.trying(call.getId()));
        assertEquals(Arrays.asList("trying"), stage.events);
    }

    @Test
    public void nothingIsToldAfterTheEnd() {
        Call call = stage.talking();
        String id = call.getId();
        stage.say(Say.finish(id, "FINISH", 200, "normal"));
        stage.takeEvents();
        List<String> sent = stage.sent();
        stage.say(Say.talk(id), Say.hold(id), Say.finish(id, "FAILED", 500, "internal_error"),
                Say.update(id, "offer", Say.VIDEO_OFFER, "video"),
                Say.fail("ErrorStatusEvent", id, "bad_client_sdp"));
        call.hold();
        call.sendDtmf("1", null);
        call.transfer("1003");
        call.setAudioMuted(true);
        call.hangup();
        stage.clock.run();
        assertEquals(Collections.emptyList(), stage.events);
        assertEquals(sent, stage.sent());
    }

    /* ---- misuse that is visible at once ---- */

    @Test
    public void whatCannotBeRightThrows() {
        Call call = stage.session.createCall(CallOptions.builder("1002").build());
        assertThrows(IllegalStateException.class, call::answer);
        assertThrows(IllegalStateException.class, call::hold);
        assertThrows(IllegalStateException.class, () -> call.sendDtmf("1", DtmfType.INFO));
        assertThrows(IllegalStateException.class, () -> call.transfer("1003"));
        call.call();
        assertThrows(IllegalStateException.class, call::call);
        assertThrows(IllegalArgumentException.class, () -> call.sendDtmf("1x", DtmfType.INFO));
        assertThrows(IllegalArgumentException.class, () -> call.sendDtmf("", DtmfType.INFO));
        assertThrows(IllegalArgumentException.class, () -> call.transfer(" "));
        Call incoming = stage.ringing("in-1");
        assertThrows(IllegalStateException.class, incoming::call);
    }

    /* ---- audio, options, figures ---- */

    @Test
    public void theAudioDeviceFollowsTheCalls() {
        Call call = stage.ringing("in-1");
        call.answer();
        stage.say(Say.talk("in-1"));
        stage.say(Say.finish("in-1", "FINISH", 200, "normal"));
        assertEquals(Arrays.asList("0 ringing", "1", "0"), stage.audio);
    }

    @Test
    public void muteIsKeptForTheMedia() {
        Call call = stage.ringing("in-1");
        call.setAudioMuted(true);
        call.setVideoMuted(true);
        call.answer();
        stage.clock.run();
        assertTrue(stage.media.last().audioMuted && stage.media.last().videoMuted);
        call.setAudioMuted(false);
        stage.clock.run();
        assertFalse(stage.media.last().audioMuted || call.isAudioMuted());
        assertTrue(call.isVideoMuted());
    }

    @Test
    public void figuresComeOnceAlsoWithoutMedia() {
        Call call = stage.ringing("in-1");
        call.getStats((which, stats) -> stage.events.add("stats " + stats));
        stage.clock.run();
        assertEquals("stats null", stage.events.get(2));
        call.answer();
        stage.clock.run();
        call.getStats((which, stats) -> stage.events.add("stats " + stats.audioCodec));
        stage.clock.run();
        assertEquals("stats opus", stage.events.get(3));
    }

    @Test
    public void figuresDoNotComeAfterTheEnd() {
        Call call = stage.talking();
        stage.takeEvents();
        call.getStats((which, stats) -> stage.events.add("stats " + stats));
        stage.say(Say.finish(call.getId(), "FINISH", 200, "normal")); // before they are there
        assertEquals(Arrays.asList("stats null", "ended FINISHED normal"), stage.events);
    }

    @Test
    public void theReportComesAfterTheEnd() {
        Call call = stage.talking();
        stage.say(Say.finish(call.getId(), "FINISH", 200, "normal"));
        assertNull(call.getReport());
        stage.say(Say.message("zvReport", new JSONObject().put("callId", call.getId())
                .put("cause", "normal").put("text", "the call was hung up")
                .put("traceId", "c-0.1.2")));
        assertEquals("c-0.1.2", call.getReport().getTraceId());
    }

    @Test
    public void whatIsWrongIsToldAndTakenBack() {
        Call call = stage.talking();
        stage.takeEvents();
        JSONObject verdict = new JSONObject().put("callId", call.getId()).put("leg", "sip")
                .put("code", "wrong_source").put("severity", "error").put("text", "no audio");
        stage.say(Say.message("zvVerdict", verdict));
        assertEquals("No audio.", call.getVerdict().getText());
        stage.say(Say.message("zvVerdict", verdict.put("code", "ok")));
        assertEquals(Arrays.asList("verdict wrong_source", "verdict none"), stage.events);
    }
}
