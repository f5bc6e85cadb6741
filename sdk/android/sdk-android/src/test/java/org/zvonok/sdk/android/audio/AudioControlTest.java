package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import android.media.AudioManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.Test;

public class AudioControlTest {
    private final FakePlatform phone = new FakePlatform();
    private final List<String> calls = new ArrayList<>();
    private final List<AudioRoute> told = new ArrayList<>();
    private final AudioControl control = new AudioControl(phone.ports(), new InterruptedCalls() {
        @Override
        public void setHeld(boolean held) {
            calls.add("held " + held);
        }

        @Override
        public void setMuted(boolean muted) {
            calls.add("muted " + muted);
        }
    }, (route, routes) -> told.add(route));

    private void gsmRings() {
        phone.mode = AudioManager.MODE_RINGTONE;
        control.onFocusChange(AudioManager.AUDIOFOCUS_LOSS_TRANSIENT);
    }

    private void gsmAnswered() {
        phone.mode = AudioManager.MODE_IN_CALL;
        phone.tick();
    }

    private void gsmEnds() {
        phone.mode = AudioManager.MODE_NORMAL;
        control.onFocusChange(AudioManager.AUDIOFOCUS_GAIN);
    }

    @Test
    public void aCallTakesModeFocusAndRouteAndGivesThemBack() {
        control.onCalls(1, false);
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, phone.mode);
        assertTrue(phone.hasFocus);
        assertEquals(AudioRoute.EARPIECE, phone.used);
        control.onCalls(0, false);
        assertEquals(AudioManager.MODE_NORMAL, phone.mode);
        assertFalse(phone.hasFocus);
        assertNull(phone.used);
        assertNull("nothing ticks without a call", phone.task);
    }

    @Test
    public void aCallMoreTakesNothingTwice() {
        control.onCalls(1, false);
        control.onCalls(2, false);
        control.onCalls(1, false);
        assertEquals(1, phone.focusRequests);
        assertEquals(1, phone.modesSet);
    }

    @Test
    public void videoThatComesMovesTheSoundToTheLoudspeaker() {
        control.onCalls(1, false);
        control.onCalls(1, true);
        assertEquals(AudioRoute.SPEAKER, phone.used);
    }

    /** Complaint 8: the switch has no effect. */
    @Test
    public void aChoiceIsCarriedOutAtOnce() {
        control.onCalls(1, false);
        control.choose(AudioRoute.SPEAKER);
        assertEquals(AudioRoute.SPEAKER, phone.used);
        control.setSpeakerWanted(false);
        assertEquals(AudioRoute.EARPIECE, phone.used);
    }

    @Test
    public void aChoiceEndsWithTheLastCall() {
        control.onCalls(1, false);
        control.choose(AudioRoute.SPEAKER);
        control.onCalls(0, false);
        control.onCalls(1, false);
        assertEquals(AudioRoute.EARPIECE, phone.used);
    }

    @Test
    public void aChoiceBeforeTheCallIsOnlyTold() {
        control.refresh();
        control.setSpeakerWanted(true);
        assertNull(phone.used);
        assertEquals(Arrays.asList(AudioRoute.EARPIECE, AudioRoute.SPEAKER), told);
        control.onCalls(1, false);
        assertEquals(AudioRoute.SPEAKER, phone.used);
    }

    @Test
    public void devicesAreFollowed() {
        control.onCalls(1, false);
        phone.change(AudioRoute.EARPIECE, AudioRoute.SPEAKER, AudioRoute.BLUETOOTH);
        assertEquals(AudioRoute.BLUETOOTH, phone.used);
        phone.change(AudioRoute.EARPIECE, AudioRoute.SPEAKER);
        assertEquals(AudioRoute.EARPIECE, phone.used);
    }

    @Test
    public void aHeadsetThatRefusesIsLeft() {
        phone.broken.add(AudioRoute.BLUETOOTH);
        phone.devices.add(AudioRoute.BLUETOOTH);
        control.onCalls(1, false);
        assertEquals(AudioRoute.EARPIECE, phone.used);
        assertEquals(AudioRoute.EARPIECE, told.get(told.size() - 1));
    }

    @Test
    public void aPhoneWhereNothingCanBeSetDoesNotGoRound() {
        Collections.addAll(phone.broken, AudioRoute.values());
        control.onCalls(1, false);
        int before = phone.uses;
        phone.tick();
        assertTrue("one try at each look", phone.uses <= before + 1);
    }

    /** Complaint 23: after a cellular call there is echo or silence. */
    @Test
    public void modeAndRouteAreSetAgainAfterACellularCall() {
        control.onCalls(1, false);
        gsmRings();
        gsmAnswered();
        phone.used = null;
        phone.tick();
        assertNull("nothing is set while it runs", phone.used);
        assertEquals(AudioManager.MODE_IN_CALL, phone.mode);
        gsmEnds();
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, phone.mode);
        assertEquals(AudioRoute.EARPIECE, phone.used);
    }

    @Test
    public void aFocusThatIsBackBeforeTheCellularCallIsOverChangesNothingTwice() {
        control.onCalls(1, false);
        gsmRings();
        gsmAnswered();
        control.onFocusChange(AudioManager.AUDIOFOCUS_GAIN);
        phone.tick();
        assertEquals("not against it", AudioManager.MODE_IN_CALL, phone.mode);
        assertEquals(Arrays.asList("held true", "held false"), calls);
        phone.mode = AudioManager.MODE_NORMAL;
        phone.tick();
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, phone.mode);
    }

    /** Android 11 and later take the mode back after six seconds without sound. */
    @Test
    public void aModeThatIsLostIsSetAgain() {
        control.onCalls(1, false);
        phone.mode = AudioManager.MODE_NORMAL;
        phone.tick();
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, phone.mode);
    }

    /** Complaint 22: the first ring of a cellular call pauses ours too early. */
    @Test
    public void callsAreHeldWhenTheOtherIsAnswered() {
        control.onCalls(1, false);
        gsmRings();
        phone.tick();
        assertTrue("it only rings", calls.isEmpty());
        gsmAnswered();
        phone.tick();
        gsmEnds();
        assertEquals(Arrays.asList("held true", "held false"), calls);
    }

    @Test
    public void aCellularCallThatIsNotAnsweredChangesNothing() {
        control.onCalls(1, false);
        gsmRings();
        phone.tick();
        gsmEnds();
        assertTrue(calls.isEmpty());
    }

    @Test
    public void callsCanBeMutedInsteadOrLeftAlone() {
        control.setInterruptionPolicy(InterruptionPolicy.MUTE);
        control.onCalls(1, false);
        gsmRings();
        gsmAnswered();
        gsmEnds();
        assertEquals(Arrays.asList("muted true", "muted false"), calls);
        calls.clear();
        control.setInterruptionPolicy(InterruptionPolicy.IGNORE);
        gsmRings();
        gsmAnswered();
        gsmEnds();
        assertTrue(calls.isEmpty());
    }

    @Test
    public void aFocusThatIsGoneForGoodIsAskedForWhenTheCallsChange() {
        control.onCalls(1, false);
        control.onFocusChange(AudioManager.AUDIOFOCUS_LOSS);
        phone.tick();
        assertEquals("not by itself", 1, phone.focusRequests);
        control.onCalls(1, true);
        assertEquals(2, phone.focusRequests);
    }

    /** From Android 15 on focus is refused until the foreground service runs. */
    @Test
    public void aFocusThatIsRefusedIsAskedForSoonAndInterruptsNothing() {
        control.setInterruptionPolicy(InterruptionPolicy.MUTE);
        phone.focusAnswer = AudioManager.AUDIOFOCUS_REQUEST_FAILED;
        control.onCalls(1, false);
        phone.tick();
        assertEquals(2, phone.focusRequests);
        phone.focusAnswer = AudioManager.AUDIOFOCUS_REQUEST_GRANTED;
        phone.tick();
        phone.tick();
        assertEquals("until it is granted", 3, phone.focusRequests);
        assertTrue(phone.hasFocus);
        assertTrue(calls.isEmpty());
    }

    @Test
    public void aFocusThatIsPromisedIsNotAskedForAgain() {
        phone.focusAnswer = AudioManager.AUDIOFOCUS_REQUEST_DELAYED;
        phone.mode = AudioManager.MODE_IN_CALL;
        control.onCalls(1, false);
        control.onCalls(2, false);
        assertEquals(1, phone.focusRequests);
        assertEquals("begun during a cellular call", Collections.singletonList("held true"), calls);
        gsmEnds();
        assertEquals(Arrays.asList("held true", "held false"), calls);
    }

    @Test
    public void aBeepOfAnotherAppIsNoInterruption() {
        control.setInterruptionPolicy(InterruptionPolicy.MUTE);
        control.onCalls(1, false);
        control.onFocusChange(AudioManager.AUDIOFOCUS_LOSS_TRANSIENT_CAN_DUCK);
        assertTrue(calls.isEmpty());
    }

    @Test
    public void whatComesAfterTheLastCallIsNothing() {
        control.setInterruptionPolicy(InterruptionPolicy.MUTE);
        control.onCalls(1, false);
        control.onCalls(0, false);
        control.onFocusChange(AudioManager.AUDIOFOCUS_LOSS);
        assertTrue(calls.isEmpty());
    }

    /** Complaint 9: the ear presses buttons. */
    @Test
    public void theScreenGoesOffAtTheEarAlone() {
        control.setProximityWanted(true);
        assertFalse("no call", phone.screenOff);
        control.onCalls(1, false);
        assertTrue(phone.screenOff);
        control.choose(AudioRoute.SPEAKER);
        assertFalse(phone.screenOff);
        control.choose(AudioRoute.EARPIECE);
        assertTrue(phone.screenOff);
        control.setProximityWanted(false);
        assertFalse(phone.screenOff);
    }

    /** Complaint 26: the screen stays black after the call. */
    @Test
    public void theScreenComesBackWithTheEndWhateverFails() {
        control.setProximityWanted(true);
        control.onCalls(1, false);
        phone.stopFailure = new IllegalStateException("the audio service is gone");
        try {
            control.onCalls(0, false);
            fail("the failure is not swallowed");
        } catch (IllegalStateException e) {
            assertSame(phone.stopFailure, e);
        }
        assertFalse(phone.screenOff);
        assertEquals(AudioManager.MODE_NORMAL, phone.mode);
        assertFalse(phone.hasFocus);
    }

    @Test
    public void theScreenLockIsALeaseThatIsRenewed() {
        control.setProximityWanted(true);
        control.onCalls(1, false);
        int before = phone.holds;
        phone.tick();
        assertTrue(phone.holds > before);
        assertTrue("a look comes before the lease ends",
                AudioControl.LOOK_MILLIS * 2 < ProximityLock.LEASE_MILLIS);
    }
}
