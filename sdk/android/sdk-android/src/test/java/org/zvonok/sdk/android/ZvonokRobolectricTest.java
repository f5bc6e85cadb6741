package org.zvonok.sdk.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.os.Build;
import android.os.Looper;
import android.security.NetworkSecurityPolicy;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.zvonok.sdk.Connection;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.SessionState;
import org.zvonok.sdk.android.audio.CallAudioManager;
import org.zvonok.sdk.android.webrtc.AndroidMediaEngine;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
public class ZvonokRobolectricTest {
    /** An app whose network security configuration has a domain-config for its lab. */
    @Implements(NetworkSecurityPolicy.class)
    public static class LabPolicy {
        /** That of all hosts. */
        @Implementation
        protected boolean isCleartextTrafficPermitted() {
            return false;
        }

        @Implementation
        protected boolean isCleartextTrafficPermitted(String host) {
            return host.equals("gateway.lab");
        }
    }

    /** The platform is made anew for each test, and with it what there is one of in a process. */
    @After
    public void forget() throws Exception {
        Field instance = Zvonok.class.getDeclaredField("instance");
        instance.setAccessible(true);
        instance.set(null, null);
    }

    @Test
    public void withoutInitTheRemedyIsSaid() {
        try {
            Zvonok.createSession();
            fail("there is nothing to create it with");
        } catch (IllegalStateException e) {
            assertTrue(e.getMessage(), e.getMessage().contains("Zvonok.init(context)"));
        }
    }

    @Test
    public void initAgainChangesNothing() {
        Zvonok.init(Robolectric.buildActivity(Activity.class).create().get());
        CallAudioManager audio = Zvonok.getAudioManager();
        Zvonok.init(RuntimeEnvironment.getApplication());
        assertSame(audio, Zvonok.getAudioManager());
    }

    @Test
    @Config(shadows = LabPolicy.class)
    public void cleartextIsAllowedToTheHostsOfWhichTheAppSaysSo() {
        boolean isAsked = Build.VERSION.SDK_INT >= Build.VERSION_CODES.P;
        assertEquals(isAsked, Zvonok.isCleartextAllowed("gateway.lab"));
        assertFalse(Zvonok.isCleartextAllowed("gateway.example"));
    }

    /** A badly written login is refused without a network, and the app is told on its thread. */
    @Test
    public void listenersAreCalledOnTheMainThread() throws Exception {
        Zvonok.init(RuntimeEnvironment.getApplication());
        Session session = Zvonok.createSession();
        assertEquals(SessionState.IDLE, session.getState());
        List<Looper> loopers = new ArrayList<>();
        List<String> fields = new ArrayList<>();
        session.addListener(new SessionListener() {
            @Override
            public void onDisconnected(Session s, SdkError why) {
                loopers.add(Looper.myLooper());
                fields.add(why.getField());
            }
        });
        session.connect(Connection.builder("wss://127.0.0.1:1").sipLogin("a b")
                .sipDomain("example.org").build());
        for (int i = 0; i < 500 && loopers.isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(10);
            shadowOf(Looper.getMainLooper()).idle();
        }
        assertEquals(Collections.singletonList(Looper.getMainLooper()), loopers);
        assertEquals(Collections.singletonList("sipLogin"), fields);
    }

    /** On this machine there is no native library: the call fails, and the app lives. */
    @Test
    public void anEngineThatCannotBeLoadedIsAnErrorOfTheCall() throws Exception {
        AndroidMediaEngine engine = new AndroidMediaEngine(RuntimeEnvironment.getApplication());
        CountDownLatch told = new CountDownLatch(1);
        List<SdkError> errors = new ArrayList<>();
        MediaSession session = engine.open(
                new MediaRequest(true, false, Collections.emptyList(), null, 2_000), null);
        session.createOffer(false, new MediaSession.SdpResult() {
            @Override
            public void onSdp(String sdp) {
                told.countDown();
            }

            @Override
            public void onFailed(SdkError error) {
                errors.add(error);
                told.countDown();
            }
        });
        for (int i = 0; i < 500 && told.getCount() > 0; i++) {
            told.await(10, TimeUnit.MILLISECONDS);
        }
        assertFalse("no offer without an engine", errors.isEmpty());
        assertEquals("media_engine", errors.get(0).getCause());
        assertNotNull(errors.get(0).getThrowable());
        session.close();
    }
}
