package org.zvonok.phonemin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.spi.CallAudio;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.test.FakeMediaEngine;
import org.zvonok.sdk.test.FakeNetwork;
import org.zvonok.sdk.test.FakeTransport;
import org.zvonok.sdk.test.FakeTransports;
import org.zvonok.sdk.test.VirtualScheduler;

/**
 * The real SDK core on a gateway that the test plays: no socket, no media, no thread. Whatever the
 * phone or the gateway says has had its effect when the call returns.
 */
final class FakeGateway {
    private static final String SDP =
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

    final FakeTransports transports = new FakeTransports();
    final FakeMediaEngine media = new FakeMediaEngine();
    final Session session;

    FakeGateway() {
        this((calls, video, ringing) -> { });
    }

    /** With what is to follow the calls. */
    FakeGateway(CallAudio audio) {
        session = new Session(Platform.builder()
                .media(media)
                .transports(transports)
                .scheduler(new InlineScheduler())
                .network(new FakeNetwork())
                .audio(audio)
                .callbacks(Runnable::run)
                .log((level, tag, text) -> { })
                .build(), SdkConfig.builder().build());
    }

    /* ---- what the phone said ---- */

    boolean heardNothing() {
        return transports.all.stream().allMatch(transport -> transport.sent.isEmpty());
    }

    /** The data of the messages of a name, oldest first. */
    List<JSONObject> said(String name) {
        List<JSONObject> found = new ArrayList<>();
        for (FakeTransport transport : transports.all) {
            for (String text : transport.sent) {
                try {
                    JSONObject message = new JSONObject(text);
                    if (message.getString("message").equals(name)) {
                        found.add(message.getJSONArray("data").getJSONObject(0));
                    }
                } catch (JSONException e) {
                    throw new AssertionError(text, e);
                }
            }
        }
        return found;
    }

    /** The only message of a name. */
    JSONObject saidOnce(String name) {
        List<JSONObject> found = said(name);
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " times " + name);
        }
        return found.get(0);
    }

    /** The id of the last call that the phone made. */
    String dialled() {
        List<JSONObject> calls = said("call");
        return calls.get(calls.size() - 1).optString("callId");
    }

    /* ---- what the gateway says ---- */

    void accepts(String token) {
        transports.last().open();
        says("getUserData", Map.of("sessionId", "s-1", "authToken", token,
                "status", "ESTABLISHED", "sipLogin", "1001",
                "features", new JSONArray(List.of("resume", "drain"))));
    }

    /** Takes a token for the session that it stands for, which has no call. */
    void resumes(String token) {
        accepts(token);
        says("zvResumed", Map.of("calls", new JSONArray(), "replayed", 0, "complete", true));
    }

    void registers() {
        says("registered", Map.of("sipLogin", "1001", "status", "REGISTERED"));
    }

    void refuses(String cause, String sentence, String remedy) {
        transports.last().open();
        says("fail", Map.of("apiMethod", "ConnectionStatusEvent", "status", "FAILED",
                "cause", cause, "info", sentence, "text", sentence, "remedy", remedy));
    }

    void drains() {
        says("zvDrain", Map.of("status", "DRAINING", "leftMs", 30_000, "cause", "draining",
                "text", "the gateway is about to restart", "remedy", "try again in a minute"));
    }

    void goesOn() {
        says("zvDrain", Map.of("status", "CANCELLED"));
    }

    void loses() {
        transports.last().drop();
    }

    /** Of the call that the phone made: notifyTryingResponse, ring, hold. */
    void reports(String message, String status) {
        says(message, about(dialled(), Map.of("status", status)));
    }

    void answers() {
        transports.last().receive(message("setRemoteSDP",
                Arrays.asList(dialled(), SDP, true)));
        talks(dialled());
    }

    void talks(String id) {
        says("talk", about(id, Map.of("status", "ESTABLISHED")));
    }

    void calls(String id, String caller) {
        transports.last().receive(message("setRemoteSDP", Arrays.asList(id, SDP, false)));
        says("notifyIncomingCall", about(id, Map.of("incoming", true, "caller", caller,
                "visibleName", caller, "callee", "1001", "status", "RING")));
    }

    void finishes(String id) {
        ends(id, "finish", "FINISH", "normal", "the call was hung up", "");
    }

    void ends(String id, String message, String status, String cause, String text, String remedy) {
        says(message, about(id, Map.of("status", status, "sipStatus", 480,
                "cause", cause, "text", text, "remedy", remedy)));
    }

    private static Map<String, Object> about(String id, Map<String, Object> more) {
        Map<String, Object> data = new HashMap<>(Map.of("callId", id, "incoming", false,
                "caller", "1001", "callee", "1002", "hasAudio", true, "hasVideo", false));
        data.putAll(more);
        return data;
    }

    private void says(String name, Map<String, Object> data) {
        transports.last().receive(message(name, List.of(new JSONObject(data))));
    }

    private static String message(String name, List<?> data) {
        return new JSONObject(Map.of("message", name, "data", new JSONArray(data))).toString();
    }

    /** Works in the thread of who asks, one thing after the other; time stands still. */
    private static final class InlineScheduler implements Scheduler {
        private final VirtualScheduler queue = new VirtualScheduler();
        private boolean runs;

        @Override
        public long nowMillis() {
            return queue.nowMillis();
        }

        @Override
        public void execute(Runnable work) {
            queue.execute(work);
            if (!runs) {
                runs = true;
                try {
                    queue.run();
                } finally {
                    runs = false;
                }
            }
        }

        @Override
        public Cancellable schedule(Runnable work, long delayMillis) {
            return queue.schedule(work, delayMillis);
        }
    }
}
