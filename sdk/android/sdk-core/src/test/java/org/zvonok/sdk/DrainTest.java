package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.Arrays;
import java.util.Collections;
import org.junit.Test;

/** A gateway is about to restart: what a session says of it, and how long it tries to return. */
public class DrainTest {
    private final Stage stage = new Stage().connected();

    {
        stage.takeEvents();
    }

    private void lose() {
        stage.socket().drop();
        stage.clock.run();
    }

    /** A try reaches the gateway, which will not have it. */
    private void refuse(String cause) {
        stage.advance(6_300);
        stage.socket().open();
        stage.clock.run();
        stage.say(Say.fail("ConnectionStatusEvent", "", cause));
        lose();
    }

    private void assertReason(String cause) {
        assertEquals(cause, stage.session.getError().getCause());
    }

    @Test
    public void theAppIsToldForHowLongAndWhyAndThatItGoesOnAfterAll() {
        assertNull(stage.session.getDraining());
        stage.say(Say.numbered(1, Say.draining(30_000)));
        Draining draining = stage.session.getDraining();
        assertEquals(30_000, draining.getLeftMillis());
        assertEquals("The gateway is about to restart.", draining.getReason().getSentence());
        assertEquals("Try again in a minute.", draining.getReason().getRemedy());
        assertEquals(SessionState.REGISTERED, stage.session.getState());
        stage.say(Say.numbered(2, Say.goesOn()));
        assertNull(stage.session.getDraining());
        assertEquals(Arrays.asList("draining 30000", "goes on"), stage.events);
        lose();
        assertReason("gateway_lost");
    }

    @Test
    public void whereItWasNotGrantedItIsNotBelieved() {
        Stage plain = new Stage().connected("resume");
        plain.takeEvents();
        plain.say(Say.draining(30_000));
        assertEquals(Collections.emptyList(), plain.events);
        assertNull(plain.session.getDraining());
    }

    @Test
    public void aCallGoesOnAndAnotherIsRefused() {
        Call call = stage.talking();
        stage.takeEvents();
        stage.say(Say.draining(30_000));
        Call other = stage.calling();
        stage.say(Say.fail("ErrorStatusEvent", other.getId(), "draining"),
                Say.finish(other.getId(), "FAILED", 503, "draining"));
        assertEquals(Arrays.asList("draining 30000", "ended FAILED draining"), stage.events);
        assertEquals(CallState.ACTIVE, call.getState());
    }

    @Test
    public void aSessionThatIsSentAwayTriesForAsLongAsTheGatewaySaysThatItDrains() {
        stage.say(Say.draining(0));
        lose();
        assertEquals(Arrays.asList("draining 0", "reconnecting draining"), stage.takeEvents());
        int tenMinutes = 100;
        for (int i = 0; i < tenMinutes; i++) {
            refuse("draining");
        }
        assertEquals(Collections.nCopies(tenMinutes, "draining 0"), stage.takeEvents());
        assertEquals(SessionState.RECONNECTING, stage.session.getState());
        assertReason("draining");
        stage.advance(61_000); // and now it says nothing any more
        assertEquals(Arrays.asList("disconnected draining"), stage.events);
        assertNull(stage.session.getDraining());
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void aRefusalIsTheReasonAlsoWhereNothingWasToldBefore() {
        lose();
        assertReason("gateway_lost");
        refuse("draining");
        assertReason("draining");
        assertEquals(0, stage.session.getDraining().getLeftMillis());
        assertEquals("It was refused.", stage.session.getDraining().getReason().getSentence());
    }

    @Test
    public void aGatewayThatHasRestartedHasForgottenTheSessionAndTheReasonIsTheRestart() {
        stage.say(Say.draining(0));
        lose();
        refuse("resume_unknown_token");
        assertEquals("disconnected draining", stage.events.get(2));
        assertReason("draining");
        assertEquals(0, stage.clock.waiting());
    }

    @Test
    public void aFaultOfTheAccountGoesBeforeTheRestart() {
        stage.say(Say.draining(30_000),
                Say.fail("RegistrationStatusEvent", "", "sip_auth_failed"));
        lose();
        refuse("resume_unknown_token");
        assertReason("sip_auth_failed");
    }

    @Test
    public void withoutAReturnTheRestartIsTheEnd() {
        Stage plain = new Stage().connected("drain");
        plain.takeEvents();
        plain.say(Say.draining(0));
        plain.socket().drop();
        plain.clock.run();
        assertEquals(Arrays.asList("draining 0", "disconnected draining"), plain.events);
    }

    @Test
    public void whoIsNewIsRefusedOnceAndForAll() {
        Stage late = new Stage();
        late.session.connect(Stage.account().build());
        late.clock.run();
        late.socket().open();
        late.clock.run();
        late.say(Say.fail("ConnectionStatusEvent", "", "draining"));
        assertEquals(Arrays.asList("disconnected draining"), late.events);
        assertEquals(1, late.transports.all.size());
        assertEquals(0, late.clock.waiting());
    }

    @Test
    public void afterAReturnAnOlderDrainCountsNoMore() {
        stage.say(Say.draining(30_000));
        stage.comeBack("t2");
        stage.say(Say.resumed(0));
        assertNull(stage.session.getDraining());
        assertEquals(Arrays.asList("draining 30000", "reconnecting draining", "reconnected"),
                stage.events);
        lose();
        assertReason("gateway_lost");
    }

    @Test
    public void aReturnToAGatewayThatStillDrainsIsToldSo() {
        stage.say(Say.draining(30_000));
        stage.comeBack("t2");
        stage.say(Say.resumed(0), Say.draining(20_000));
        assertEquals(20_000, stage.session.getDraining().getLeftMillis());
        assertEquals("draining 20000", stage.events.get(3));
    }

    @Test
    public void onlyASessionThatIsThereIsMarkedForABalancer() {
        String url = stage.socket().url;
        stage.say(Say.draining(30_000)); // with a call
        lose();
        stage.advance(600);
        assertEquals(url + "?resume=1", stage.socket().url);
        refuse("draining");
        stage.advance(6_300);
        assertEquals(url, stage.socket().url);
    }

    @Test
    public void aSessionThatADrainHasEndedMayComeOutAtAnotherGateway() {
        String url = stage.socket().url;
        stage.say(Say.draining(0));
        lose();
        stage.advance(600);
        assertEquals(2, stage.transports.all.size());
        assertEquals(url, stage.socket().url);
    }

    @Test
    public void theNextSessionKnowsNothingOfTheLastOnesDrain() {
        stage.say(Say.draining(30_000));
        stage.session.disconnect();
        stage.clock.run();
        assertNull(stage.session.getDraining());
        stage.connected();
        lose();
        assertReason("gateway_lost");
    }
}
