package org.zvonok.sdk.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.Connection;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.test.FakeMediaEngine;

/** All of the core as an app has it: real threads, a real socket, and only what is public. */
public class WholeTest implements SessionListener, CallListener {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    private void tell(String event) {
        events.add(event + " on " + Thread.currentThread().getName());
    }

    private void expect(String event) throws InterruptedException {
        assertEquals(event + " on app", events.poll(20, TimeUnit.SECONDS));
    }

    private static String message(String name, JSONObject data) {
        return new JSONObject().put("message", name).put("data", new JSONArray().put(data))
                .toString();
    }

    private static JSONObject status(String id, String status) {
        return new JSONObject().put("callId", id).put("status", status);
    }

    @Test
    public void aCallFromBeginToEnd() throws Exception {
        ExecutorService app = Executors.newSingleThreadExecutor(work -> new Thread(work, "app"));
        try (TestServer server = new TestServer();
                ThreadScheduler scheduler = new ThreadScheduler(null)) {
            Session session = new Session(Platform.builder().scheduler(scheduler).callbacks(app)
                    .transports(WebSocketTransports.create()).media(new FakeMediaEngine()).build(),
                    SdkConfig.builder().build());
            session.addListener(this);
            session.connect(Connection.builder(server.url()).sipLogin("1001").sipDomain("a.example")
                    .build());
            server.accept().upgrade();
            assertTrue(server.read().text().contains("\"sipLogin\":\"1001\""));
            server.text(message("getUserData", new JSONObject().put("authToken", "t1")));
            expect("connected");
            call(session, server);
            session.disconnect();
            expect("disconnected null");
            assertEquals(1000, server.read().code());
        } finally {
            app.shutdownNow();
        }
    }

    private void call(Session session, TestServer server) throws Exception {
        Call call = session.createCall(CallOptions.builder("1002").build());
        call.addListener(this);
        call.call();
        assertTrue(server.read().text().contains("\"message\":\"call\""));
        server.text(message("notifyTryingResponse", status(call.getId(), "TRYING")));
        expect("trying");
        server.text(message("talk", status(call.getId(), "ESTABLISHED")));
        expect("established");
        call.hangup();
        assertTrue(server.read().text().contains("hangup"));
        server.text(message("finish", status(call.getId(), "FINISH")));
        expect("ended FINISHED");
    }

    @Override
    public void onConnected(Session session) {
        tell("connected");
    }

    @Override
    public void onDisconnected(Session session, SdkError why) {
        tell("disconnected " + why);
    }

    @Override
    public void onTrying(Call call) {
        tell("trying");
    }

    @Override
    public void onEstablished(Call call) {
        tell("established");
    }

    @Override
    public void onEnded(Call call, CallEnd end) {
        tell("ended " + end.getKind());
    }
}
