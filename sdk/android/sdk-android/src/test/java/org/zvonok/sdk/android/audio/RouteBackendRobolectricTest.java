package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.content.Intent;
import android.media.AudioDeviceInfo;
import android.media.AudioManager;
import android.os.Handler;
import android.os.Looper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.AudioDeviceInfoBuilder;
import org.robolectric.shadows.ShadowAudioManager;

/** The two ways to switch a route, on platforms that have them. */
@RunWith(RobolectricTestRunner.class)
@Config(shadows = ScoAudio.class)
@SuppressWarnings("deprecation") // what the old platform is asked for
public class RouteBackendRobolectricTest {
    private static final AudioDeviceInfo EARPIECE = device(AudioDeviceInfo.TYPE_BUILTIN_EARPIECE);
    private static final AudioDeviceInfo SPEAKER = device(AudioDeviceInfo.TYPE_BUILTIN_SPEAKER);
    private static final AudioDeviceInfo SCO = device(AudioDeviceInfo.TYPE_BLUETOOTH_SCO);

    private final Context context = RuntimeEnvironment.getApplication();
    private final AudioManager manager = context.getSystemService(AudioManager.class);
    private final ShadowAudioManager phone = shadowOf(manager);
    private final Handler handler = new Handler(Looper.getMainLooper());
    private final List<String> told = new ArrayList<>();
    private final RouteBackend.Listener listener = new RouteBackend.Listener() {
        @Override
        public void onDevices() {
            told.add("devices");
        }

        @Override
        public void onRouteFailed(AudioRoute route) {
            told.add("failed " + route);
        }
    };

    private static AudioDeviceInfo device(int type) {
        return AudioDeviceInfoBuilder.newBuilder().setType(type).build();
    }

    private void idle() {
        shadowOf(Looper.getMainLooper()).idle();
    }

    private void patience() {
        shadowOf(Looper.getMainLooper())
                .idleFor(Duration.ofMillis(RouteAttempt.PATIENCE_MILLIS));
    }

    private RouteBackend begin(RouteBackend backend) {
        backend.start(listener);
        idle();
        told.clear();
        return backend;
    }

    private RouteBackend modern() {
        phone.setAvailableCommunicationDevices(Arrays.asList(EARPIECE, SPEAKER));
        return begin(new RouteBackend31(manager, handler));
    }

    private RouteBackend legacy() {
        phone.setOutputDevices(Arrays.asList(EARPIECE, SPEAKER, SCO));
        return begin(new RouteBackendLegacy(context, manager, handler));
    }

    private void sco(int state) {
        context.sendBroadcast(new Intent(AudioManager.ACTION_SCO_AUDIO_STATE_UPDATED)
                .putExtra(AudioManager.EXTRA_SCO_AUDIO_STATE, state));
        idle();
    }

    @Test
    @Config(sdk = 35)
    public void theDeviceForCommunicationIsNamedAndGivenBack() {
        RouteBackend backend = modern();
        assertEquals(EnumSet.of(AudioRoute.EARPIECE, AudioRoute.SPEAKER), backend.devices());
        backend.use(AudioRoute.SPEAKER);
        assertEquals(SPEAKER.getType(), manager.getCommunicationDevice().getType());
        backend.use(AudioRoute.EARPIECE);
        assertEquals(EARPIECE.getType(), manager.getCommunicationDevice().getType());
        backend.stop();
        assertNull(manager.getCommunicationDevice());
    }

    @Test
    @Config(sdk = 35)
    public void aDeviceThatComesIsTold() {
        RouteBackend backend = modern();
        phone.addAvailableCommunicationDevice(SCO, true);
        phone.addOutputDevice(SCO, true);
        idle();
        assertTrue(told.contains("devices"));
        backend.use(AudioRoute.BLUETOOTH);
        assertEquals(SCO.getType(), manager.getCommunicationDevice().getType());
    }

    @Test
    @Config(sdk = 35)
    public void aRouteWhoseDeviceHasGoneIsNoFailure() {
        modern().use(AudioRoute.BLUETOOTH);
        assertEquals(Collections.emptyList(), told);
    }

    @Test
    @Config(sdk = 35)
    public void aDeviceThatIsRefusedIsGivenUpAtOnce() {
        phone.lockCommunicationDevice(true);
        modern().use(AudioRoute.SPEAKER);
        assertEquals(Collections.singletonList("failed SPEAKER"), told);
    }

    @Test
    @Config(sdk = 35)
    public void aDeviceThatDoesNotComeIsTriedAndThenGivenUp() {
        RouteBackend backend = modern();
        for (int i = 0; i < RouteAttempt.TRIES; i++) {
            backend.use(AudioRoute.SPEAKER);
            assertEquals(SPEAKER.getType(), manager.getCommunicationDevice().getType());
            manager.clearCommunicationDevice();
            assertEquals(Collections.emptyList(), told);
            patience();
        }
        backend.use(AudioRoute.SPEAKER);
        assertEquals(Collections.singletonList("failed SPEAKER"), told);
    }

    @Test
    @Config(sdk = 26)
    public void theLoudspeakerIsASwitch() {
        RouteBackend backend = legacy();
        backend.use(AudioRoute.SPEAKER);
        assertTrue(manager.isSpeakerphoneOn());
        backend.use(AudioRoute.EARPIECE);
        assertFalse(manager.isSpeakerphoneOn());
        backend.use(AudioRoute.SPEAKER);
        backend.stop();
        assertFalse(manager.isSpeakerphoneOn());
    }

    @Test
    @Config(sdk = 26)
    public void aBluetoothLinkIsAskedForAndDropped() {
        RouteBackend backend = legacy();
        assertTrue(backend.devices().contains(AudioRoute.BLUETOOTH));
        backend.use(AudioRoute.BLUETOOTH);
        assertTrue(ScoAudio.asked);
        sco(AudioManager.SCO_AUDIO_STATE_CONNECTED);
        patience();
        backend.use(AudioRoute.BLUETOOTH);
        backend.use(AudioRoute.SPEAKER);
        assertFalse(ScoAudio.asked);
        assertEquals(Collections.emptyList(), told);
    }

    @Test
    @Config(sdk = 26)
    public void aBluetoothLinkThatDoesNotComeIsGivenUp() {
        RouteBackend backend = legacy();
        for (int i = 0; i < RouteAttempt.TRIES; i++) {
            backend.use(AudioRoute.BLUETOOTH);
            sco(AudioManager.SCO_AUDIO_STATE_ERROR);
            patience();
        }
        assertEquals(Collections.emptyList(), told);
        backend.use(AudioRoute.BLUETOOTH);
        assertEquals(Collections.singletonList("failed BLUETOOTH"), told);
        assertFalse(ScoAudio.asked);
    }

    @Test
    @Config(sdk = 26)
    public void nothingIsHeardAfterTheEnd() {
        RouteBackend backend = legacy();
        backend.use(AudioRoute.BLUETOOTH);
        backend.stop();
        assertFalse(ScoAudio.asked);
        phone.addOutputDevice(device(AudioDeviceInfo.TYPE_WIRED_HEADSET), true);
        sco(AudioManager.SCO_AUDIO_STATE_CONNECTED);
        assertEquals(Collections.emptyList(), told);
    }
}
