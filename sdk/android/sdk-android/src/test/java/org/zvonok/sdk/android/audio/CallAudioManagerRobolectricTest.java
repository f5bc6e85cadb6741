package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.media.AudioAttributes;
import android.media.AudioDeviceInfo;
import android.media.AudioManager;
import android.os.Build;
import android.os.Looper;
import android.os.PowerManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.AudioDeviceInfoBuilder;
import org.robolectric.shadows.ShadowAudioManager;
import org.robolectric.shadows.ShadowPowerManager;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
@SuppressWarnings("deprecation") // isSpeakerphoneOn: what the old platform is asked for
public class CallAudioManagerRobolectricTest {
    private final Context context = RuntimeEnvironment.getApplication();
    private final AudioManager platform = context.getSystemService(AudioManager.class);
    private final ShadowAudioManager phone = shadowOf(platform);
    private final List<String> calls = new ArrayList<>();
    private final List<AudioRoute> told = new ArrayList<>();
    private CallAudioManager audio;

    @Before
    public void begin() {
        List<AudioDeviceInfo> devices = Arrays.asList(
                device(AudioDeviceInfo.TYPE_BUILTIN_EARPIECE),
                device(AudioDeviceInfo.TYPE_BUILTIN_SPEAKER));
        phone.setOutputDevices(devices);
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            phone.setAvailableCommunicationDevices(devices);
        }
        shadowOf(context.getSystemService(PowerManager.class)).setIsWakeLockLevelSupported(
                PowerManager.PROXIMITY_SCREEN_OFF_WAKE_LOCK, true);
        audio = new CallAudioManager(context, new InterruptedCalls() {
            @Override
            public void setHeld(boolean held) {
                calls.add("held " + held);
            }

            @Override
            public void setMuted(boolean muted) {
                calls.add("muted " + muted);
            }
        });
        idle();
    }

    private static AudioDeviceInfo device(int type) {
        return AudioDeviceInfoBuilder.newBuilder().setType(type).build();
    }

    private static void idle() {
        shadowOf(Looper.getMainLooper()).idle();
    }

    private static void look() {
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(AudioControl.LOOK_MILLIS));
    }

    private void calls(int live, boolean video) {
        audio.onCalls(live, video, false);
        idle();
    }

    private AudioRoute used() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
            return platform.isSpeakerphoneOn() ? AudioRoute.SPEAKER : AudioRoute.EARPIECE;
        }
        AudioDeviceInfo device = platform.getCommunicationDevice();
        return device == null ? null : DeviceTypes.routeOf(device.getType());
    }

    @Test
    public void aCallGetsModeFocusAndRoute() {
        calls(1, false);
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, platform.getMode());
        AudioAttributes attributes = phone.getLastAudioFocusRequest().audioFocusRequest
                .getAudioAttributes();
        assertEquals(AudioAttributes.USAGE_VOICE_COMMUNICATION, attributes.getUsage());
        assertEquals(AudioRoute.EARPIECE, used());
        calls(0, false);
        assertEquals(AudioManager.MODE_NORMAL, platform.getMode());
        assertNotNull(phone.getLastAbandonedAudioFocusRequest());
    }

    @Test
    public void buttonsWorkBeforeAndDuringACall() {
        assertEquals(EnumSet.of(AudioRoute.EARPIECE, AudioRoute.SPEAKER), audio.getRoutes());
        audio.setUseSpeakerPhone(true);
        calls(1, false);
        assertEquals(AudioRoute.SPEAKER, used());
        assertEquals(AudioRoute.SPEAKER, audio.getRoute());
        audio.selectRoute(AudioRoute.EARPIECE);
        idle();
        assertEquals(AudioRoute.EARPIECE, used());
    }

    @Test
    public void aListenerIsToldTheRouteOfNowAndEachOneAfterIt() {
        CallAudioManager.Listener listener = (route, routes) -> told.add(route);
        audio.addListener(listener);
        calls(1, true);
        assertEquals(Arrays.asList(AudioRoute.EARPIECE, AudioRoute.SPEAKER), told);
        audio.removeListener(listener);
        audio.selectRoute(AudioRoute.EARPIECE);
        idle();
        assertEquals(2, told.size());
    }

    @Test
    public void aCellularCallHoldsOurs() {
        calls(1, false);
        AudioManager.OnAudioFocusChangeListener focus =
                phone.getLastAudioFocusRequest().listener;
        platform.setMode(AudioManager.MODE_IN_CALL);
        focus.onAudioFocusChange(AudioManager.AUDIOFOCUS_LOSS_TRANSIENT);
        idle();
        platform.setMode(AudioManager.MODE_NORMAL);
        focus.onAudioFocusChange(AudioManager.AUDIOFOCUS_GAIN);
        idle();
        assertEquals(Arrays.asList("held true", "held false"), calls);
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, platform.getMode());
    }

    @Test
    public void aModeThatIsLostComesBack() {
        calls(1, false);
        platform.setMode(AudioManager.MODE_NORMAL);
        look();
        assertEquals(AudioManager.MODE_IN_COMMUNICATION, platform.getMode());
    }

    @Test
    public void theScreenIsSwitchedOffAtTheEarAndComesBack() {
        audio.setUseProximitySensor(true);
        calls(1, false);
        PowerManager.WakeLock lock = ShadowPowerManager.getLatestWakeLock();
        assertTrue(lock.isHeld());
        for (int i = 0; i < 10; i++) {
            look();
        }
        assertTrue("longer than one lease", lock.isHeld());
        calls(0, false);
        assertFalse(lock.isHeld());
    }

    @Test
    public void aPhoneWithoutTheSensorHasNoLock() {
        ShadowPowerManager.clearWakeLocks();
        shadowOf(context.getSystemService(PowerManager.class)).setIsWakeLockLevelSupported(
                PowerManager.PROXIMITY_SCREEN_OFF_WAKE_LOCK, false);
        CallAudioManager plain = new CallAudioManager(context, null);
        plain.setUseProximitySensor(true);
        plain.onCalls(1, false, false);
        idle();
        assertNull(ShadowPowerManager.getLatestWakeLock());
    }
}
