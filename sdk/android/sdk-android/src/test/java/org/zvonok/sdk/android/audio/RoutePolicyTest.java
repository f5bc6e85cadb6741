package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;
import static org.zvonok.sdk.android.audio.AudioRoute.BLUETOOTH;
import static org.zvonok.sdk.android.audio.AudioRoute.BLUETOOTH_LE;
import static org.zvonok.sdk.android.audio.AudioRoute.EARPIECE;
import static org.zvonok.sdk.android.audio.AudioRoute.SPEAKER;
import static org.zvonok.sdk.android.audio.AudioRoute.WIRED;

import java.util.Arrays;
import java.util.EnumSet;
import org.junit.Test;

public class RoutePolicyTest {
    private final RoutePolicy policy = new RoutePolicy();

    private RoutePolicy with(AudioRoute... devices) {
        policy.setDevices(Arrays.asList(devices));
        return policy;
    }

    /** By itself: the devices that are there, and the route with sound alone and with video. */
    @Test
    public void priorityByItself() {
        Object[][] rows = {
            {new AudioRoute[] {EARPIECE, SPEAKER}, EARPIECE, SPEAKER},
            {new AudioRoute[] {SPEAKER}, SPEAKER, SPEAKER},
            {new AudioRoute[] {EARPIECE}, EARPIECE, EARPIECE},
            {new AudioRoute[] {}, SPEAKER, SPEAKER},
            {new AudioRoute[] {EARPIECE, SPEAKER, WIRED}, WIRED, WIRED},
            {new AudioRoute[] {EARPIECE, SPEAKER, WIRED, BLUETOOTH}, BLUETOOTH, BLUETOOTH},
            {new AudioRoute[] {EARPIECE, SPEAKER, BLUETOOTH, BLUETOOTH_LE}, BLUETOOTH_LE,
                BLUETOOTH_LE},
        };
        for (Object[] row : rows) {
            AudioRoute[] devices = (AudioRoute[]) row[0];
            String name = Arrays.toString(devices);
            policy.setVideo(false);
            assertEquals(name, row[1], with(devices).route());
            policy.setVideo(true);
            assertEquals(name + " with video", row[2], with(devices).route());
        }
    }

    @Test
    public void eachChoiceWinsWhileItIsThere() {
        for (AudioRoute choice : AudioRoute.values()) {
            RoutePolicy fresh = new RoutePolicy();
            fresh.setDevices(EnumSet.allOf(AudioRoute.class));
            fresh.choose(choice);
            assertEquals(choice, fresh.route());
            fresh.setDevices(EnumSet.complementOf(EnumSet.of(choice)));
            assertEquals("what is right by itself", choice == BLUETOOTH_LE ? BLUETOOTH
                    : BLUETOOTH_LE, fresh.route());
            fresh.setDevices(EnumSet.allOf(AudioRoute.class));
            assertEquals("back again", choice, fresh.route());
        }
    }

    /** Complaint 13: the headset connects, disconnects, and the call ends on the loudspeaker. */
    @Test
    public void aHeadsetThatGoesLeavesTheEarpiece() {
        assertEquals(EARPIECE, with(EARPIECE, SPEAKER).route());
        assertEquals(BLUETOOTH, with(EARPIECE, SPEAKER, BLUETOOTH).route());
        assertEquals(EARPIECE, with(EARPIECE, SPEAKER).route());
    }

    /** Complaint 17: it goes, and the loudspeaker that was in use before is not taken up again. */
    @Test
    public void aHeadsetThatGoesLeavesTheChoiceBeforeIt() {
        with(EARPIECE, SPEAKER).choose(SPEAKER);
        with(EARPIECE, SPEAKER, BLUETOOTH).choose(BLUETOOTH);
        assertEquals(BLUETOOTH, policy.route());
        assertEquals(SPEAKER, with(EARPIECE, SPEAKER).route());
        assertEquals(BLUETOOTH, with(EARPIECE, SPEAKER, BLUETOOTH).route());
    }

    @Test
    public void aChoiceIsNotOverruledByAHeadsetThatComes() {
        with(EARPIECE, SPEAKER).choose(SPEAKER);
        assertEquals(SPEAKER, with(EARPIECE, SPEAKER, WIRED, BLUETOOTH).route());
    }

    /** Complaint 16: the second call plays in the earpiece although it has video. */
    @Test
    public void theNextCallBeginsAnew() {
        with(EARPIECE, SPEAKER).setVideo(true);
        policy.choose(EARPIECE);
        policy.forgetChoices();
        assertEquals(SPEAKER, policy.route());
    }

    @Test
    public void theWishForTheLoudspeakerOutlastsTheCall() {
        with(EARPIECE, SPEAKER).setSpeakerWanted(true);
        policy.choose(EARPIECE);
        assertEquals("the newer choice", EARPIECE, policy.route());
        policy.forgetChoices();
        assertEquals(SPEAKER, policy.route());
        policy.setSpeakerWanted(false);
        assertEquals(EARPIECE, policy.route());
    }

    @Test
    public void bluetoothCanBeForbidden() {
        with(EARPIECE, SPEAKER, WIRED, BLUETOOTH, BLUETOOTH_LE).setBluetoothAllowed(false);
        policy.choose(BLUETOOTH);
        assertEquals(WIRED, policy.route());
        assertEquals(EnumSet.of(EARPIECE, SPEAKER, WIRED), policy.routes());
        policy.setBluetoothAllowed(true);
        assertEquals(BLUETOOTH, policy.route());
    }

    @Test
    public void aRouteThatFailedIsLeftOutUntilSomethingChanges() {
        with(EARPIECE, SPEAKER, BLUETOOTH).fail(BLUETOOTH);
        assertEquals(EARPIECE, policy.route());
        assertEquals("nothing new", EARPIECE, with(EARPIECE, SPEAKER, BLUETOOTH).route());
        policy.choose(BLUETOOTH);
        assertEquals("chosen again", BLUETOOTH, policy.route());
        policy.fail(BLUETOOTH);
        with(EARPIECE, SPEAKER);
        assertEquals("connected again", BLUETOOTH, with(EARPIECE, SPEAKER, BLUETOOTH).route());
    }
}
