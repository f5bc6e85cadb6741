package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;

/**
 * What a phone screen does and shows, row by row, as far as the core has a part in it: each test is
 * one row of the table that apps for WCS follow.
 */
public class EventTableTest {
    private final Stage stage = new Stage();

    private void open(Connection connection) {
        stage.session.connect(connection);
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
    }

    @Test
    public void connect() {
        stage.session.connect(Stage.account().keepAlive(true).build());
        assertThrows("a second press", IllegalStateException.class,
                () -> stage.session.connect(Stage.account().build()));
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        JSONObject sent = stage.lastSent("connection");
        assertTrue(sent.getBoolean("keepAlive") && sent.getBoolean("sipRegisterRequired"));
        assertEquals(1, stage.transports.all.size());
    }

    @Test
    public void connectWithToken() {
        open(Connection.builder("wss://gateway.example").authToken("old").keepAlive(true).build());
        for (String name : stage.lastSent("connection").keySet()) {
            assertFalse(name, name.startsWith("sip"));
        }
    }

    @Test
    public void onConnected() {
        open(Stage.account().build());
        stage.say(Say.welcome("t1", Stage.ALL));
        assertEquals(Arrays.asList("connected"), stage.events);
        assertEquals("Registering …", SessionState.ESTABLISHED, stage.session.getState());
        assertEquals("t1", stage.session.getAuthToken());
        stage.calling();
        assertTrue("a call need not wait for the registration", stage.sent().contains("call"));
    }

    @Test
    public void onConnectedWithoutRegistration() {
        open(Stage.account().sipRegisterRequired(false).build());
        stage.say(Say.welcome("t1", Stage.ALL));
        stage.advance(300);
        assertEquals(SessionState.ESTABLISHED, stage.session.getState());
        assertEquals(Arrays.asList("connected"), stage.events);
    }

    @Test
    public void onRegistered() {
        stage.connected();
        assertEquals(SessionState.REGISTERED, stage.session.getState());
        stage.say(Say.registered());
        assertEquals("told once", Arrays.asList("connected", "registered"), stage.events);
    }

    @Test
    public void onDisconnection() {
        stage.connected("none");
        stage.talking();
        stage.ringing("in-1");
        stage.takeEvents();
        stage.socket().drop();
        stage.clock.run();
        assertEquals("calls end first", Arrays.asList("ended FAILED gateway_lost",
                "ended FAILED gateway_lost", "disconnected gateway_lost"), stage.events);
    }

    @Test
    public void callWithEmptyCallee() {
        stage.connected().calling(CallOptions.builder("").build());
        assertEquals("ended FAILED bad_callee", stage.events.get(2));
        assertFalse(stage.sent().contains("call"));
    }

    @Test
    public void callWithInviteParameters() {
        stage.connected().calling(CallOptions.builder("1002")
                .inviteParameters(Collections.singletonMap("X-Header", "value")).build());
        assertEquals("value", stage.lastSent("call").getJSONObject("inviteParameters")
                .getString("X-Header"));
        stage.calling(CallOptions.builder("1003").inviteParameters(null).build());
        assertFalse(stage.lastSent("call").has("inviteParameters"));
    }

    @Test
    public void permissionDenied() {
        stage.connected();
        stage.media.byHand = true;
        Call call = stage.calling();
        stage.media.last().failWith(SdkError.of("microphone_permission"));
        stage.clock.run();
        assertEquals("ended FAILED microphone_permission", stage.events.get(2));
        assertEquals(ErrorCode.PERMISSION_MICROPHONE, call.getEnd().getError().getCode());
        assertFalse(call.getEnd().getError().getRemedy().isEmpty());
    }

    @Test
    public void permissionDeniedForAnAnswer() {
        stage.connected();
        stage.media.byHand = true;
        Call call = stage.ringing("in-1");
        stage.takeEvents();
        refuseMicrophone(call);
        assertEquals(Arrays.asList("warning microphone_permission", "ringing"),
                stage.takeEvents());
        assertEquals(CallState.RINGING, call.getState());
        assertEquals("0 ringing", stage.audio.get(stage.audio.size() - 1));
        assertEquals("the microphone is free", 0, stage.media.open());
        assertFalse(stage.sent().contains("answer") || stage.sent().contains("hangup"));
        call.answer();
        stage.clock.run();
        stage.media.last().finish();
        stage.clock.run();
        stage.say(Say.talk("in-1"));
        assertEquals(2, stage.media.all.size());
        assertEquals(Arrays.asList("established"), stage.events);
    }

    @Test
    public void withoutPermissionItRingsNoLonger() {
        stage.connected("report");
        stage.media.byHand = true;
        Call call = stage.ringing("in-1");
        for (int i = 0; i < 17; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        refuseMicrophone(call);
        stage.takeEvents();
        stage.advance(5_000);
        assertEquals(Arrays.asList("ended FINISHED no_answer"), stage.events);
        assertTrue(stage.sent().contains("hangup"));
    }

    private void refuseMicrophone(Call call) {
        call.answer();
        stage.clock.run();
        stage.media.last().failWith(SdkError.of("microphone_permission"));
        stage.clock.run();
    }

    @Test
    public void onTryingOnRing() {
        Call call = stage.connected().calling();
        stage.takeEvents();
        stage.say(Say.trying(call.getId()), Say.trying(call.getId()));
        assertEquals("TRYING", call.getWireStatus());
        stage.say(Say.ring(call.getId()), Say.ring(call.getId()));
        assertEquals("RING", call.getWireStatus());
        assertEquals(Arrays.asList("trying", "ringing"), stage.events);
    }

    @Test
    public void onEstablished() {
        Call call = stage.connected().talking();
        call.hold();
        call.sendDtmf("1", DtmfType.RFC2833);
        stage.clock.run();
        List<String> sent = stage.sent();
        assertEquals(Arrays.asList("hold", "sendDtmf"), sent.subList(sent.size() - 2, sent.size()));
        assertEquals("ESTABLISHED", call.getWireStatus());
    }

    @Test
    public void holdAndUnhold() {
        Call call = stage.connected().talking();
        stage.takeEvents();
        call.hold();
        stage.clock.run();
        stage.say(Say.hold(call.getId()));
        assertEquals("HOLD", call.getWireStatus());
        call.unhold();
        stage.clock.run();
        stage.say(Say.talk(call.getId()));
        assertEquals(Arrays.asList("hold", "established"), stage.events);
    }

    @Test
    public void onBusy() {
        Call call = stage.connected().calling();
        stage.say(Say.busy(call.getId()));
        assertEquals("BUSY", call.getWireStatus());
        assertEquals(Collections.emptyList(), stage.session.getCalls());
    }

    @Test
    public void onFinished() {
        Call call = stage.connected().talking();
        stage.say(Say.finish(call.getId(), "FINISH", 200, "normal"));
        assertEquals("FINISH", call.getWireStatus());
        assertFalse(call.getEnd().isByUs());
    }

    @Test
    public void onFailed() {
        Call call = stage.connected().calling();
        stage.say(Say.finish(call.getId(), "FAILED", 408, "sip_timeout"));
        assertEquals("FAILED", call.getWireStatus());
        assertEquals(408, call.getEnd().getSipStatus());
        assertEquals("It is over.", call.getEnd().getText());
        assertTrue(call.getEnd().getError().isRetryable());
    }

    @Test
    public void onCall() {
        Call call = stage.connected().ringing("in-1");
        assertEquals("1002", call.getCaller());
        assertEquals("RING", call.getWireStatus());
        call.answer();
        stage.clock.run();
        assertEquals("PENDING", call.getWireStatus());
    }

    @Test
    public void onCallDenied() {
        stage.connected().ringing("in-1").hangup();
        stage.clock.run();
        assertTrue(stage.sent().contains("hangup"));
        assertTrue("the microphone was never opened", stage.media.all.isEmpty());
    }

    @Test
    public void hangupWhileInCall() {
        Call call = stage.connected().talking();
        stage.takeEvents();
        call.hangup();
        stage.clock.run();
        assertEquals("not before the gateway has said so", Collections.emptyList(), stage.events);
        stage.say(Say.finish(call.getId(), "FINISH", 200, "normal"));
        assertEquals(Arrays.asList("ended FINISHED normal by us"), stage.events);
    }

    @Test
    public void onDestroy() {
        stage.connected().talking();
        stage.takeEvents();
        stage.session.disconnect();
        stage.clock.run();
        assertEquals(Arrays.asList("ended FINISHED disconnected by us", "disconnected"),
                stage.events);
        assertTrue(stage.sent().contains("hangup"));
        assertEquals(0, stage.media.open());
        assertEquals("0", stage.audio.get(stage.audio.size() - 1));
    }

    @Test
    public void clickToCall() {
        stage.session.addListener(new SessionListener() {
            @Override
            public void onConnected(Session session) {
                stage.calling();
            }
        });
        open(Connection.builder("wss://gateway.example").appKey("clickToCallApp").build());
        stage.say(Say.welcome("t1", Stage.ALL));
        assertEquals("clickToCallApp", stage.lastSent("connection").getString("appKey"));
        assertEquals("1002", stage.lastSent("call").getString("callee"));
        for (int i = 0; i < 10; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        assertEquals("nobody waits for a registration without an account",
                SessionState.ESTABLISHED, stage.session.getState());
    }
}
