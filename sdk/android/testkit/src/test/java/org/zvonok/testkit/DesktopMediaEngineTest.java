package org.zvonok.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.BeforeClass;
import org.junit.Test;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.spi.MediaState;

/** Two sessions of the engine talk to each other through the SPI alone: real ICE, DTLS and SRTP. */
public final class DesktopMediaEngineTest {
    private static final double LOW_HZ = 440;
    private static final double HIGH_HZ = 1000;
    private static final double HEARD = 0.1;
    private static final double SILENT = 0.01;

    private static DesktopMediaEngine engine;

    private SessionProbe caller;
    private SessionProbe callee;

    @BeforeClass
    public static void load() {
        engine = new DesktopMediaEngine();
    }

    @After
    public void close() {
        for (SessionProbe probe : new SessionProbe[] {caller, callee}) {
            if (probe != null) {
                probe.session.close();
            }
        }
    }

    @Test
    public void bothEndsHearTheOthersToneAlone() throws Exception {
        connect(false);
        assertHearEachOther();
        assertEquals("no picture was agreed on", 0, caller.devices.getEye().getFrames());
    }

    @Test
    public void bothEndsSeeTheOthersBars() throws Exception {
        connect(true);
        assertTrue(caller.hasVideo.get(5, TimeUnit.SECONDS));
        assertTrue(callee.hasVideo.get(5, TimeUnit.SECONDS));
        caller.awaitBars("green blue red");
        callee.awaitBars("blue red green");
        assertEquals("320x240", callee.devices.getEye().getSize());
        assertHearEachOther();
    }

    @Test
    public void videoThatTheCalledEndDoesNotWantIsRefused() throws Exception {
        open(true);
        String answer = callee.answer(caller.offer(false), false);
        assertTrue(answer, answer.contains("\r\nm=video 0 "));
        caller.accept(answer);
        assertConnected();
        assertHearEachOther();
        assertFalse(caller.hasVideo.isDone());
        assertEquals(0, callee.devices.getEye().getFrames());
    }

    @Test
    public void theOfferIsWhole() throws Exception {
        open(false);
        String offer = caller.offer(false);
        assertTrue(offer, offer.contains("a=candidate:"));
    }

    @Test
    public void anIceRestartChangesThePathAndNotTheCall() throws Exception {
        connect(false);
        String before = SdpText.ufrag(caller.lastOffer);
        String offer = caller.offer(true);
        assertNotEquals(before, SdpText.ufrag(offer));
        assertTrue("the new path is described as well", offer.contains("a=candidate:"));
        caller.accept(callee.answer(offer, false));
        assertHearEachOther();
        assertFalse("it was never lost", caller.states().contains(MediaState.DISCONNECTED));
    }

    @Test
    public void anOfferThatIsTakenBackLeavesTheCallAsItWas() throws Exception {
        connect(false);
        caller.offer(true);
        caller.rollBack();
        assertHearEachOther();
        caller.accept(callee.answer(caller.offer(true), false));
        assertHearEachOther();
    }

    @Test
    public void aDescriptionThatIsNoneIsAnErrorWithASentence() throws Exception {
        open(false);
        String sentence = callee.refusal("this is no description");
        assertTrue(sentence, sentence.contains("an answer"));
    }

    @Test
    public void whoIsMutedIsNotHeardUntilHeSpeaksAgain() throws Exception {
        connect(false);
        assertHearEachOther();
        caller.session.setAudioMuted(true);
        callee.awaitSound(sound -> sound.amplitudeAt(LOW_HZ) < SILENT);
        assertTrue("the other way goes on", caller.hear().amplitudeAt(HIGH_HZ) > HEARD);
        caller.session.setAudioMuted(false);
        assertHearEachOther();
    }

    @Test
    public void whoHoldsNeitherHearsNorIsHeard() throws Exception {
        connect(false);
        assertHearEachOther();
        caller.session.setHeld(true);
        caller.session.setAudioMuted(false);
        callee.awaitSound(sound -> sound.amplitudeAt(LOW_HZ) < SILENT);
        caller.awaitSound(sound -> sound.amplitudeAt(HIGH_HZ) < SILENT);
        caller.session.setHeld(false);
        assertHearEachOther();
    }

    @Test
    public void aPictureThatIsMutedIsBlack() throws Exception {
        connect(true);
        callee.awaitBars("blue red green");
        caller.session.setVideoMuted(true);
        callee.awaitBars("black black black");
    }

    @Test
    public void theFiguresAreThoseOfTheCall() throws Exception {
        connect(true);
        callee.awaitBars("blue red green");
        assertHearEachOther();
        MediaStats stats = callee.stats();
        assertEquals("opus", stats.audioCodec);
        assertEquals("VP8", stats.videoCodec);
        assertEquals("320x240", stats.frameWidth + "x" + stats.frameHeight);
        assertTrue(stats.packetsReceived > 0 && stats.bytesReceived > stats.packetsReceived);
        assertTrue(stats.packetsSent > 0 && stats.bytesSent > stats.packetsSent);
        assertTrue(stats.framesDecoded > 0 && stats.framesSent > 0);
        assertTrue("jitter " + stats.jitterMillis, stats.jitterMillis >= 0);
        assertTrue("round trip " + stats.rttMillis, stats.rttMillis >= 0);
    }

    @Test
    public void nothingIsSaidAfterTheClose() throws Exception {
        connect(true);
        assertHearEachOther();
        caller.session.close();
        int said = caller.said();
        caller.session.close();
        caller.session.setAudioMuted(true);
        caller.session.createOffer(true, caller);
        callee.awaitSound(sound -> sound.amplitudeAt(LOW_HZ) < SILENT);
        assertEquals(said, caller.said());
    }

    @Test
    public void manySessionsOpenAndCloseAtAnyMoment() throws Exception {
        for (int i = 0; i < 30; i++) {
            open(i % 2 == 0);
            if (i % 3 == 0) {
                caller.session.createOffer(false, caller);
            } else {
                callee.session.createAnswer(caller.offer(false), i % 2 == 0, callee);
            }
            close();
        }
        connect(false);
        assertHearEachOther();
    }

    private void open(boolean video) {
        caller = SessionProbe.open(engine, new DesktopMedia(LOW_HZ, "blue red green"), video);
        callee = SessionProbe.open(engine, new DesktopMedia(HIGH_HZ, "green blue red"), video);
    }

    private void connect(boolean video) throws Exception {
        open(video);
        caller.accept(callee.answer(caller.offer(false), video));
        assertConnected();
    }

    private void assertConnected() throws Exception {
        caller.awaitState(MediaState.CONNECTED);
        callee.awaitState(MediaState.CONNECTED);
    }

    private void assertHearEachOther() throws Exception {
        callee.awaitSound(s -> s.amplitudeAt(LOW_HZ) > HEARD && s.amplitudeAt(HIGH_HZ) < SILENT);
        caller.awaitSound(s -> s.amplitudeAt(HIGH_HZ) > HEARD && s.amplitudeAt(LOW_HZ) < SILENT);
    }
}
