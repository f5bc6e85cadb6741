package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.json.JSONObject;
import org.junit.Test;

/** Connecting, registering, and every way in which that ends. */
public class SessionTest {
    private final Stage stage = new Stage();

    @Test
    public void connectsThenRegisters() {
        stage.session.connect(Stage.account().build());
        stage.clock.run();
        assertEquals(SessionState.CONNECTING, stage.session.getState());
        assertEquals(Collections.emptyList(), stage.socket().sent);
        stage.socket().open();
        stage.clock.run();
        JSONObject first = stage.lastSent("connection");
        assertEquals("1001", first.getString("sipLogin"));
        assertFalse("an empty field was sent", first.has("sipAuthenticationName"));
        stage.say(Say.welcome("t1", Stage.ALL));
        assertEquals(SessionState.ESTABLISHED, stage.session.getState());
        stage.say(Say.registered());
        assertEquals(SessionState.REGISTERED, stage.session.getState());
        assertEquals(Arrays.asList("connected", "registered"), stage.events);
        assertEquals("t1", stage.session.getAuthToken());
    }

    @Test
    public void withoutRegistrationIsConnectedOnly() {
        stage.session.connect(Stage.account().sipRegisterRequired(false).build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t1", Stage.ALL));
        stage.advance(100);
        assertEquals(Arrays.asList("connected"), stage.events);
        assertEquals(SessionState.ESTABLISHED, stage.session.getState());
    }

    @Test
    public void aPingIsAnswered() {
        stage.connected();
        stage.say(Say.message("ping"));
        assertEquals("pong", stage.sent().get(stage.sent().size() - 1));
    }

    @Test
    public void disconnectSaysGoodByeAndTellsNoReason() {
        stage.connected();
        stage.session.disconnect();
        stage.clock.run();
        assertEquals(1000, stage.socket().closedWith);
        assertEquals("disconnected", stage.events.get(2));
        assertNull(stage.session.getError());
        assertFalse(stage.network.isWatched());
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void connectsAnewAfterItsEnd() {
        stage.connected();
        stage.session.disconnect();
        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered());
        assertEquals(Arrays.asList("connected", "registered", "disconnected", "connected",
                "registered"), stage.events);
    }

    @Test
    public void connectWhileConnectedIsAMistake() {
        stage.connected();
        assertThrows(IllegalStateException.class,
                () -> stage.session.connect(Stage.account().build()));
    }

    /** The other thread's wish comes at the worst moment: ours is noted and not yet passed on. */
    @Test(timeout = 60_000)
    public void wishesOfTwoThreadsKeepTheirOrder() throws InterruptedException {
        Thread other = new Thread(stage.session::disconnect);
        stage.clock.interruption = () -> letRun(other);
        stage.session.connect(Stage.account().build());
        other.join();
        stage.clock.run();
        assertEquals(Arrays.asList("disconnected"), stage.takeEvents());
        assertEquals(SessionState.DISCONNECTED, stage.session.getState());
        stage.connected();
        assertEquals(Arrays.asList("connected", "registered"), stage.events);
    }

    /** As far as it gets. */
    private static void letRun(Thread thread) {
        thread.start();
        while (thread.getState() != Thread.State.TERMINATED
                && thread.getState() != Thread.State.BLOCKED) {
            Thread.yield();
        }
    }

    @Test
    public void disconnectWithoutConnectionTellsNothing() {
        stage.session.disconnect();
        stage.clock.run();
        assertEquals(Collections.emptyList(), stage.events);
        assertEquals(SessionState.IDLE, stage.session.getState());
    }

    @Test
    public void everyWaitEnds() {
        stage.session.connect(Stage.account().build());
        stage.advance(14_999);
        assertEquals(Collections.emptyList(), stage.events);
        stage.advance(1);
        assertEquals(Arrays.asList("disconnected connect_timeout"), stage.takeEvents());

        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().open();
        stage.advance(15_000);
        assertEquals(Arrays.asList("disconnected connect_timeout"), stage.takeEvents());

        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t1"));
        for (int i = 0; i < 8; i++) {
            stage.advance(5_000);
            stage.say(Say.message("ping"));
        }
        assertEquals(Arrays.asList("connected", "disconnected register_timeout"),
                stage.takeEvents());
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void aGatewayThatIsNotThereIsNamed() {
        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().drop();
        stage.clock.run();
        assertEquals(Arrays.asList("disconnected gateway_unreachable"), stage.events);
        assertEquals("url", stage.session.getError().getField());
        assertTrue(stage.session.getError().isRetryable());
    }

    @Test
    public void whatTheSocketFoundWrongIsTold() {
        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().fail(SdkError.of("tls_untrusted"));
        stage.clock.run();
        assertEquals(Arrays.asList("disconnected tls_untrusted"), stage.events);
        assertEquals(ErrorCode.TLS_UNTRUSTED, stage.session.getError().getCode());
    }

    @Test
    public void aWrongPasswordEndsTheSession() {
        stage.session.connect(Stage.account().build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t1", Stage.ALL),
                Say.fail("RegistrationStatusEvent", "", "sip_auth_failed"));
        assertEquals(Arrays.asList("connected", "disconnected sip_auth_failed"), stage.events);
        assertEquals(ErrorCode.AUTH_REFUSED, stage.session.getError().getCode());
        assertFalse(stage.session.getError().isRetryable());
    }

    @Test
    public void aLaterFailureIsAWarning() {
        stage.connected();
        stage.say(Say.fail("ErrorStatusEvent", "", "bad_request"));
        assertEquals("warning bad_request", stage.events.get(2));
        assertEquals(SessionState.REGISTERED, stage.session.getState());
    }

    @Test
    public void aMalformedLoginIsRefusedBeforeAnythingIsSent() {
        stage.session.connect(Stage.account().sipLogin("Ralf C12441").build());
        stage.clock.run();
        assertEquals(Arrays.asList("disconnected bad_account"), stage.events);
        SdkError error = stage.session.getError();
        assertEquals(ErrorCode.ACCOUNT_FIELD, error.getCode());
        assertEquals("sipLogin", error.getField());
        assertEquals("Ralf_C12441", error.getFix());
        assertEquals("sipLogin: a blank at position 5 is not allowed.", error.getSentence());
        assertTrue("a socket was opened", stage.transports.all.isEmpty());
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void aTokenIsEnoughToConnect() {
        stage.session.connect(Connection.builder("wss://gateway.example").authToken("old")
                .keepAlive(true).build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        JSONObject first = stage.lastSent("connection");
        assertEquals("old", first.getString("authToken"));
        assertFalse(first.has("lastSeq"));
        assertTrue(first.getBoolean("keepAlive"));
        stage.say(Say.welcome("t2", Stage.ALL), Say.registered(), Say.resumed(0));
        assertEquals(Arrays.asList("connected", "registered"), stage.events);
        assertEquals("t2", stage.session.getAuthToken());
        assertEquals("ping", stage.sent().get(1));
    }

    @Test
    public void aTokenIsEnoughForAGatewayThatKeepsNoCalls() {
        stage.session.connect(Connection.builder("wss://gateway.example").authToken("old").build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.welcome("t2"));
        assertEquals(Arrays.asList("connected"), stage.events);
        stage.say(Say.registered());
        assertEquals(Arrays.asList("connected", "registered"), stage.events);
    }

    @Test
    public void anUnknownTokenIsTold() {
        stage.session.connect(Connection.builder("wss://gateway.example").authToken("old").build());
        stage.clock.run();
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.fail("ConnectionStatusEvent", "", "resume_unknown_token"));
        assertEquals(Arrays.asList("disconnected resume_unknown_token"), stage.events);
        assertEquals(ErrorCode.AUTH_TOKEN, stage.session.getError().getCode());
    }

    @Test
    public void noSecretIsLogged() {
        stage.connected();
        stage.talking();
        stage.session.disconnect();
        stage.clock.run();
        assertFalse(stage.log.isEmpty());
        for (String line : stage.log) {
            assertFalse(line, line.contains("secret") || line.contains("t1")
                    || line.contains("1002"));
        }
    }
}
