package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.test.FakeTransport;

/** A connection is lost: the session returns, and its calls go on. */
public class ReturnTest {
    private final Stage stage = new Stage().connected();

    {
        stage.takeEvents();
    }

    /* ---- the session ---- */

    @Test
    public void aLostConnectionComesBackWithTheToken() {
        FakeTransport old = stage.socket();
        stage.comeBack("t2");
        JSONObject first = stage.lastSent("connection");
        assertEquals("t1", first.getString("authToken"));
        assertEquals(0, first.getInt("lastSeq"));
        assertFalse("the password is not needed any more", first.has("sipPassword"));
        assertEquals(SessionState.RECONNECTING, stage.session.getState());
        stage.say(Say.resumed(0));
        assertEquals(Arrays.asList("reconnecting gateway_lost", "reconnected"), stage.events);
        assertEquals(SessionState.REGISTERED, stage.session.getState());
        assertEquals("t2", stage.session.getAuthToken());
        assertEquals("the old token must not stay good", "ping", stage.sent().get(1));
        assertEquals(4000, old.closedWith);
    }

    @Test
    public void onlyWhoReturnsToASessionThatIsThereIsMarkedForABalancer() {
        String url = stage.socket().url;
        stage.socket().drop();
        stage.clock.run();
        stage.advance(600);
        assertEquals(url + "?resume=1", stage.socket().url);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.fail("ConnectionStatusEvent", "", "draining"));
        stage.socket().drop();
        stage.clock.run();
        stage.advance(6_000);
        assertEquals(url, stage.socket().url);
        assertEquals(SessionState.RECONNECTING, stage.session.getState());
    }

    @Test
    public void aGatewayThatGrantsNoReturnIsGoneAtOnce() {
        Stage plain = new Stage().connected("report");
        plain.talking();
        plain.takeEvents();
        plain.socket().drop();
        plain.clock.run();
        assertEquals(Arrays.asList("ended FAILED gateway_lost", "disconnected gateway_lost"),
                plain.events);
        assertEquals(0, plain.clock.waiting());
    }

    @Test
    public void silenceIsALoss() {
        stage.advance(5_999);
        assertFalse(stage.sent().contains("ping"));
        stage.advance(1);
        assertTrue(stage.sent().contains("ping"));
        stage.say(Say.message("pong"));
        stage.advance(11_999);
        assertEquals(Collections.emptyList(), stage.events);
        stage.advance(1);
        assertEquals(Arrays.asList("reconnecting gateway_silent"), stage.events);
        assertEquals(4000, stage.socket().closedWith);
    }

    /** When sockets are opened after a loss, each of which fails at once. */
    private List<Long> scheduleOfTries() {
        List<Long> at = new ArrayList<>();
        long start = stage.clock.nowMillis();
        stage.socket().drop();
        stage.clock.run();
        int known = stage.transports.all.size();
        while (stage.session.getState() == SessionState.RECONNECTING
                && stage.clock.nowMillis() - start < 90_000) {
            stage.advance(1);
            if (stage.transports.all.size() > known) {
                known = stage.transports.all.size();
                at.add(stage.clock.nowMillis() - start);
                stage.socket().drop();
                stage.clock.run();
            }
        }
        return at;
    }

    @Test
    public void waitsDoubleUpToAMostAndEndAtTheCap() {
        List<Long> at = scheduleOfTries();
        double wait = 300;
        long before = 0;
        for (long time : at) {
            long waited = time - before;
            assertTrue(at + ": " + waited + " for " + wait,
                    waited >= wait * 0.75 - 1 && waited <= wait * 1.25 + 1);
            wait = Math.min(wait * 2, 5_000);
            before = time;
        }
        assertTrue(at.toString(), before > 54_000 && before <= 60_000);
        assertEquals("disconnected gateway_lost", stage.events.get(1));
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void aTryThatHangsIsReplaced() {
        stage.socket().drop();
        stage.clock.run();
        stage.advance(375);
        FakeTransport hanging = stage.socket();
        stage.advance(15_000 + 800);
        assertEquals(4000, hanging.closedWith);
        assertTrue(stage.socket() != hanging);
    }

    @Test
    public void anUnknownTokenEndsTheSession() {
        stage.talking();
        stage.takeEvents();
        stage.socket().drop();
        stage.clock.run();
        stage.advance(375);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.fail("ConnectionStatusEvent", "", "resume_unknown_token"));
        assertEquals(Arrays.asList("reconnecting gateway_lost", "call away",
                "ended FAILED resume_unknown_token", "disconnected resume_unknown_token"),
                stage.events);
    }

    @Test
    public void aLossBeforeTheRegistrationIsReturnedFromAsWell() {
        Stage early = new Stage();
        early.session.connect(Stage.account().build());
        early.clock.run();
        early.socket().open();
        early.clock.run();
        early.say(Say.welcome("t1", Stage.ALL));
        early.socket().drop();
        early.clock.run();
        early.advance(375);
        early.socket().open();
        early.clock.run();
        early.say(Say.welcome("t2", Stage.ALL), Say.resumed(0), Say.registered());
        assertEquals(Arrays.asList("connected", "reconnecting gateway_lost", "reconnected",
                "registered"), early.events);
    }

    /* ---- the network ---- */

    @Test
    public void anotherNetworkIsNotWaitedFor() {
        FakeTransport old = stage.socket();
        stage.network.change("mobile");
        stage.clock.run();
        assertTrue("the old one is asked", stage.sent().contains("ping"));
        stage.advance(150);
        FakeTransport rival = stage.socket();
        assertTrue("another one is opened beside it", rival != old);
        assertEquals(0, old.closedWith);
        rival.open();
        stage.clock.run();
        assertEquals(4000, old.closedWith);
        assertEquals("t1", stage.lastSent("connection").getString("authToken"));
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(), Say.resumed(0));
        assertEquals(Arrays.asList("reconnecting gateway_silent", "reconnected"), stage.events);
        assertEquals(2, stage.transports.all.size());
    }

    @Test
    public void anOldConnectionThatLivesIsKept() {
        Call call = stage.talking();
        stage.takeEvents();
        FakeTransport old = stage.socket();
        stage.network.change("mobile");
        stage.clock.run();
        stage.say(Say.message("pong"));
        stage.advance(1_000);
        assertTrue(stage.socket() == old);
        assertEquals(Collections.emptyList(), stage.events);
        assertEquals("the sound looks for its new path", "restart",
                stage.lastSent("zvUpdate").getString("reason"));
        assertEquals(CallState.ACTIVE, call.getState());
    }

    @Test
    public void aNetworkThatComesBackIsTriedAtOnce() {
        stage.network.change("");
        stage.socket().drop();
        stage.clock.run();
        stage.advance(375);
        stage.socket().drop();
        stage.clock.run();
        int tries = stage.transports.all.size();
        stage.network.change("wifi");
        stage.clock.run();
        assertEquals(tries + 1, stage.transports.all.size());
        stage.network.change("");
        stage.network.change("wifi");
        stage.network.change("mobile");
        stage.clock.run();
        assertEquals("a burst is one try", tries + 1, stage.transports.all.size());
        stage.advance(1_000);
        assertEquals("and one at its end", tries + 2, stage.transports.all.size());
    }

    /* ---- calls ---- */

    @Test
    public void aCallGoesOnAndLooksForANewPath() {
        Call call = stage.talking();
        stage.takeEvents();
        stage.comeBack("t2");
        assertTrue(call.isReconnecting());
        stage.say(Say.resumed(0, Say.held(call.getId(), false, "ESTABLISHED")));
        assertFalse(call.isReconnecting());
        assertEquals(Arrays.asList("reconnecting gateway_lost", "call away", "reconnected",
                "call back"), stage.events);
        JSONObject offer = stage.lastSent("zvUpdate");
        assertEquals("restart", offer.getString("reason"));
        stage.say(Say.update(call.getId(), "answer", Say.OFFER, "restart"));
        assertEquals(Arrays.asList("offer", "accept", "restart", "accept"),
                stage.media.last().steps);
        assertEquals("established", CallState.ACTIVE, call.getState());
    }

    @Test
    public void whatWasMissedIsToldOnce() {
        Call call = stage.calling();
        String id = call.getId();
        stage.say(Say.numbered(1, Say.trying(id)), Say.numbered(2, Say.ring(id)));
        stage.comeBack("t2");
        assertEquals(2, stage.lastSent("connection").getInt("lastSeq"));
        stage.say(Say.resumed(3, Say.held(id, false, "ESTABLISHED")),
                Say.numbered(2, Say.ring(id)), Say.numbered(3, Say.sdp(id, Say.OFFER)),
                Say.numbered(4, Say.talk(id)));
        assertEquals(CallState.ACTIVE, call.getState());
        assertEquals(Arrays.asList("trying", "ringing", "reconnecting gateway_lost", "call away",
                "reconnected", "established", "call back"), stage.events);
    }

    @Test
    public void anEndAmongTheMissedMessagesIsTheEnd() {
        Call call = stage.talking();
        stage.takeEvents();
        stage.comeBack("t2");
        stage.say(Say.resumed(1), Say.numbered(1, Say.finish(call.getId(), "FINISH", 200,
                "normal")));
        assertEquals("ended FINISHED normal", stage.events.get(3));
    }

    @Test
    public void aCallThatTheGatewayNeverGotIsSaidAgain() {
        Call call = stage.calling();
        stage.comeBack("t2");
        stage.say(Say.resumed(0));
        assertEquals(call.getId(), stage.lastSent("call").getString("callId"));
        stage.say(Say.trying(call.getId()));
        assertEquals("trying", stage.events.get(stage.events.size() - 1));
    }

    @Test
    public void aCallBegunWhileAwayIsSaidOnReturn() {
        stage.socket().drop();
        stage.clock.run();
        Call call = stage.calling();
        stage.advance(600);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(), Say.resumed(0));
        assertEquals(call.getId(), stage.lastSent("call").getString("callId"));
        assertEquals(Arrays.asList("reconnecting gateway_lost", "call away", "reconnected",
                "call back"), stage.events);
    }

    @Test
    public void anAnswerThatGotLostIsSaidAgain() {
        Call call = stage.ringing("in-1");
        stage.socket().drop();
        call.answer();
        stage.clock.run();
        stage.advance(600);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(),
                Say.resumed(0, Say.held("in-1", true, "RING")));
        assertEquals("in-1", stage.lastSent("answer").getString("callId"));
    }

    @Test
    public void aHangUpThatGotLostIsSaidAgain() {
        Call call = stage.talking();
        stage.takeEvents();
        stage.socket().drop();
        stage.clock.run();
        call.hangup();
        stage.clock.run();
        assertEquals("ended FINISHED normal by us", stage.events.get(2));
        stage.advance(600);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(),
                Say.resumed(0, Say.held(call.getId(), false, "ESTABLISHED")));
        assertEquals(call.getId(), stage.lastSent("hangup").getString("callId"));
    }

    @Test
    public void aCallThatNobodyHereKnowsIsHungUpAndOneThatRingsIsNot() {
        stage.comeBack("t2");
        stage.say(Say.resumed(0, Say.held("ghost", false, "ESTABLISHED"),
                Say.held("rings", true, "RING")));
        assertEquals("ghost", stage.lastSent("hangup").getString("callId"));
        assertEquals(1, Collections.frequency(stage.sent(), "hangup"));
        stage.ringing("rings");
        assertEquals(Arrays.asList("incoming Bob", "ringing"), stage.events.subList(2, 4));
    }

    @Test
    public void aHoldThatGotLostIsSaidAgain() {
        Call call = stage.talking();
        stage.socket().drop();
        stage.clock.run();
        call.hold();
        stage.clock.run();
        assertTrue(stage.media.last().held);
        stage.advance(600);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(),
                Say.resumed(0, Say.held(call.getId(), false, "ESTABLISHED")));
        assertEquals(1, Collections.frequency(stage.sent(), "hold"));
        stage.say(Say.hold(call.getId()));
        assertTrue(call.isHeld() && stage.media.last().held);
    }

    @Test
    public void deadlinesStandStillWhileTheGatewayIsAway() {
        Call call = stage.calling();
        stage.say(Say.trying(call.getId()));
        stage.socket().drop();
        stage.clock.run();
        stage.advance(50_000);
        assertEquals(CallState.CONNECTING, call.getState());
        stage.network.change("mobile");
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(),
                Say.resumed(0, Say.held(call.getId(), false, "RING")));
        assertEquals(CallState.RINGING, call.getState());
    }

    @Test
    public void deadlinesGoOnAfterTheReturn() {
        Call call = stage.calling();
        stage.say(Say.trying(call.getId()));
        stage.comeBack("t2");
        stage.say(Say.resumed(0, Say.held(call.getId(), false, "TRYING")));
        for (int i = 0; i < 9; i++) {
            assertEquals(CallState.CONNECTING, call.getState());
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        assertEquals("ended FAILED call_timeout", last(stage.events));
    }

    @Test
    public void whatWasToldBeforeIsNotToldAgain() {
        Call call = stage.talking();
        String digit = Say.message("zvDtmf",
                new JSONObject().put("callId", call.getId()).put("digit", "5"));
        stage.say(Say.numbered(1, digit));
        stage.comeBack("t2");
        stage.say(Say.resumed(2, Say.held(call.getId(), false, "ESTABLISHED")),
                Say.numbered(1, digit), Say.numbered(2, digit));
        assertEquals(2, Collections.frequency(stage.events, "dtmf 5"));
    }

    /* ---- the media ---- */

    @Test
    public void anInterruptedPathIsRepairedAndTheGatewayAsked() {
        Call call = stage.talking();
        stage.media.last().become(MediaState.DISCONNECTED);
        stage.clock.run();
        assertTrue(stage.sent().contains("ping"));
        assertEquals("restart", stage.lastSent("zvUpdate").getString("reason"));
        stage.say(Say.update(call.getId(), "answer", Say.OFFER, "restart"));
        stage.media.last().become(MediaState.CONNECTED);
        stage.clock.run();
        assertEquals(CallState.ACTIVE, call.getState());
        assertEquals(1, Collections.frequency(stage.sent(), "zvUpdate"));
    }

    @Test
    public void aRefusedRestartIsTakenBackAndTriedAgainUntilTheLimit() {
        Call call = stage.talking();
        stage.takeEvents();
        stage.media.last().become(MediaState.FAILED);
        stage.clock.run();
        stage.say(Say.fail("ErrorStatusEvent", call.getId(), "bad_client_sdp"));
        assertEquals(Arrays.asList("offer", "accept", "restart", "rollback"),
                stage.media.last().steps);
        for (int i = 0; i < 9; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"),
                    Say.fail("ErrorStatusEvent", call.getId(), "bad_client_sdp"));
        }
        assertEquals("ended FAILED media_failed", stage.events.get(stage.events.size() - 1));
        assertTrue(Collections.frequency(stage.sent(), "zvUpdate") >= 8);
    }

    @Test
    public void anAnswerToAnOfferThatWasGivenUpIsNotTakenForTheNext() {
        Call call = stage.talking();
        stage.media.last().become(MediaState.DISCONNECTED);
        stage.say(Say.message("pong"));
        for (int i = 0; i < 3; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        assertEquals(2, Collections.frequency(stage.sent(), "zvUpdate"));
        stage.say(Say.update(call.getId(), "answer", Say.OFFER, "restart"));
        assertEquals("restart", last(stage.media.last().steps));
        stage.say(Say.update(call.getId(), "answer", Say.OFFER, "restart"));
        assertEquals("accept", last(stage.media.last().steps));
    }

    private static String last(List<String> list) {
        return list.get(list.size() - 1);
    }

    /* ---- video ---- */

    private Call videoCall() {
        Call call = stage.calling(CallOptions.builder("1002").video(true).build());
        stage.say(Say.sdp(call.getId(), Say.VIDEO_OFFER), Say.talk(call.getId()));
        stage.media.last().become(MediaState.CONNECTED);
        stage.clock.run();
        return call;
    }

    @Test
    public void aPictureIsAgreedOnAndDropped() {
        Call call = videoCall();
        assertTrue(stage.lastSent("call").getBoolean("hasVideo"));
        assertTrue(call.hasVideo());
        stage.media.last().showRemoteVideo(true);
        stage.clock.run();
        assertTrue(call.hasRemoteVideo());
        stage.takeEvents();
        stage.say(Say.update(call.getId(), "offer", Say.OFFER, "video"));
        assertEquals("answer", stage.lastSent("zvUpdate").getString("type"));
        assertFalse(call.hasVideo());
        assertEquals(Arrays.asList("video false"), stage.events);
        assertEquals("1 video", stage.audio.get(0));
        assertEquals("1", last(stage.audio));
    }

    @Test
    public void aCallOfSoundRefusesAPicture() {
        Call call = stage.talking();
        stage.say(Say.update(call.getId(), "offer", Say.VIDEO_OFFER, "video"));
        assertFalse(stage.lastSent("zvUpdate").getString("sdp").contains("m=video"));
        assertFalse(call.hasVideo());
    }

    @Test
    public void anOfferOfTheGatewayThatCrossesOursIsGivenBack() {
        Call call = videoCall();
        stage.media.last().become(MediaState.DISCONNECTED);
        stage.clock.run();
        stage.say(Say.update(call.getId(), "offer", Say.OFFER, "video"));
        assertEquals("offer", stage.lastSent("zvUpdate").getString("type"));
        stage.say(Say.update(call.getId(), "answer", Say.VIDEO_OFFER, "restart"));
        assertEquals("rollback", stage.lastSent("zvUpdate").getString("type"));
        assertTrue(call.hasVideo());
    }

    @Test
    public void anOfferOfTheGatewayIsTakenWhereOursWasRefused() {
        Call call = videoCall();
        stage.media.last().become(MediaState.DISCONNECTED);
        stage.clock.run();
        stage.say(Say.update(call.getId(), "offer", Say.OFFER, "video"),
                Say.fail("ErrorStatusEvent", call.getId(), "bad_client_sdp"));
        assertEquals("answer", stage.lastSent("zvUpdate").getString("type"));
        assertFalse(call.hasVideo());
    }

    @Test
    public void anIncomingPictureIsTakenWhenItIsWanted() {
        stage.say(Say.sdp("in-1", Say.VIDEO_OFFER), Say.incoming("in-1"));
        assertTrue(stage.incoming.hasVideo());
        stage.incoming.answer(AnswerOptions.builder().video(true).build());
        stage.clock.run();
        assertTrue(stage.lastSent("answer").getBoolean("hasVideo"));
        stage.say(Say.sdp("in-2", Say.VIDEO_OFFER), Say.incoming("in-2"));
        stage.incoming.answer();
        stage.clock.run();
        assertFalse(stage.lastSent("answer").getBoolean("hasVideo"));
        assertFalse(stage.incoming.hasVideo());
    }
}
