package org.zvonok.compatcheck;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.os.Looper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.zvonok.compat.fpwcsapi.Flashphoner;
import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.bean.Data;
import org.zvonok.compat.fpwcsapi.session.Session;
import org.zvonok.compat.fpwcsapi.session.SessionEvent;
import org.zvonok.compat.fpwcsapi.session.SessionOptions;

/** The entry on Android's own classes, with the real SDK below it. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
public final class FlashphonerRobolectricTest {
    private static final long LIMIT_MILLIS = 30_000;

    private final Context context = RuntimeEnvironment.getApplication();

    @After
    public void forget() {
        Flashphoner.setBackend(null);
    }

    @Test
    public void withoutInitItSaysWhatToDo() {
        IllegalStateException e = assertThrows(IllegalStateException.class,
                () -> Flashphoner.createSession(new SessionOptions("wss://gateway.example")));
        assertEquals("call Flashphoner.init(context) first, in onCreate", e.getMessage());
    }

    @Test
    public void initMayBeCalledAgainAndAgain() {
        Flashphoner.init(context);
        Object first = Flashphoner.getAudioManager();
        Flashphoner.init(context);
        assertSame(first, Flashphoner.getAudioManager());
        Flashphoner.getAudioManager().setUseProximitySensor(false);
        Flashphoner.getAudioManager().setUseSpeakerPhone(true);
        Flashphoner.getAudioManager().setUseBluetoothSco(true);
        shadowOf(Looper.getMainLooper()).idle();
    }

    /** Nobody listens on the port, so the session ends; where its events come is what counts. */
    @Test
    public void callbacksComeOnTheMainThread() throws Exception {
        Flashphoner.init(context);
        Session session = Flashphoner.createSession(new SessionOptions("wss://" + closedPort()));
        List<Connection> ends = new ArrayList<>();
        List<Boolean> onMain = new ArrayList<>();
        session.on(new EndListener() {
            @Override
            public void onDisconnection(Connection connection) {
                ends.add(connection);
                onMain.add(Looper.myLooper() == Looper.getMainLooper());
            }
        });
        session.connect(new Connection());
        assertEquals("nothing is told from within connect", List.of(), ends);
        awaitOne(ends);
        assertEquals(List.of(true), onMain);
        assertEquals("FAILED", ends.get(0).getStatus());
        assertNotNull(ends.get(0).getError());
    }

    private static void awaitOne(List<?> list) throws InterruptedException {
        long endMillis = System.currentTimeMillis() + LIMIT_MILLIS;
        while (list.isEmpty() && System.currentTimeMillis() < endMillis) {
            shadowOf(Looper.getMainLooper()).idle();
            Thread.sleep(5);
        }
    }

    private static String closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private abstract static class EndListener implements SessionEvent {
        @Override
        public void onAppData(Data data) {
            throw new AssertionError("nobody sends data");
        }

        @Override
        public void onConnected(Connection connection) {
            throw new AssertionError("nobody is there");
        }

        @Override
        public void onRegistered(Connection connection) {
            throw new AssertionError("nobody is there");
        }
    }
}
