package org.zvonok.phonemin;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.spi.CallAudio;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.spi.NetworkWatcher;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.Transport;

/**
 * The real SDK core on a gateway that the test plays: no socket, no media, no thread. Whatever the
 * phone or the gateway says has its effect before the call returns.
 */
final class FakeGateway {
    private static final String SDP = "v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\nt=0 0\r\n"
            + "m=audio 31002 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 203.0.113.5\r\na=mid:0\r\n"
            + "a=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:k3Pq\r\na=ice-pwd:0mR5nJ8vYtZ2wQx7LbCdEf\r\n"
            + "a=fingerprint:sha-256 " + "C3:".repeat(31) + "C3\r\na=setup:actpass\r\n"
            + "a=rtpmap:0 PCMU/8000\r\n";

    final List<JSONObject> sent = new ArrayList<>();
    final List<MediaRequest> media = new ArrayList<>();
    final Session session;
    private Transport.Listener socket;
    private String callId = "";

    FakeGateway() {
        this((calls, video, ringing) -> { });
    }

    /** With the audio, and whatever follows the calls, that is to be tested. */
    FakeGateway(CallAudio audio) {
        session = new Session(Platform.builder()
                .media(this::openMedia)
                .transports(this::openTransport)
                .scheduler(new InlineScheduler())
                .network(new DeafNetwork())
                .audio(audio)
                .callbacks(Runnable::run)
                .log((level, tag, text) -> { })
                .build(), SdkConfig.builder().build());
    }

    /* ---- what the phone said ---- */

    /** The messages of a name, oldest first. */
    List<JSONObject> said(String name) {
        List<JSONObject> found = new ArrayList<>();
        for (JSONObject message : sent) {
            if (message.getString("message").equals(name)) {
                found.add(message.getJSONArray("data").getJSONObject(0));
            }
        }
        return found;
    }

    /** The only message of a name. */
    JSONObject saidOnce(String name) {
        List<JSONObject> found = said(name);
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " times " + name + " in " + sent);
        }
        return found.get(0);
    }

    /* ---- what the gateway says ---- */

    void accepts(String token) {
        socket.onOpen();
        says("getUserData", new JSONObject().put("sessionId", "s-1").put("authToken", token)
                .put("status", "ESTABLISHED").put("sipLogin", "1001")
                .put("features", new JSONArray().put("resume")));
    }

    /** Takes a token for the session that it stands for, which has no call. */
    void resumes(String token) {
        accepts(token);
        says("zvResumed", new JSONObject().put("calls", new JSONArray())
                .put("replayed", 0).put("complete", true));
    }

    void registers() {
        says("registered", new JSONObject().put("sipLogin", "1001").put("status", "REGISTERED"));
    }

    void refuses(String cause, String field, String sentence, String remedy) {
        socket.onOpen();
        says("fail", new JSONObject().put("apiMethod", "ConnectionStatusEvent")
                .put("status", "FAILED").put("cause", cause).put("field", field)
                .put("info", sentence).put("text", sentence).put("remedy", remedy));
    }

    void closes() {
        socket.onClosed(1006, "");
    }

    /** One of notifyTryingResponse, ring, talk, hold, about the call of now. */
    void says(String message, String status) {
        says(message, about(callId).put("status", status));
    }

    void answersCall() {
        saysSdp(callId);
        says("talk", "ESTABLISHED");
    }

    void ends(String id, String message, String status, String cause, String text, String remedy) {
        says(message, about(id).put("status", status).put("sipStatus", 480)
                .put("cause", cause).put("text", text).put("remedy", remedy));
    }

    void finishes() {
        ends(callId, "finish", "FINISH", "normal", "the call was hung up", "");
    }

    void calls(String id, String caller) {
        callId = id;
        saysSdp(id);
        says("notifyIncomingCall", about(id).put("incoming", true).put("caller", caller)
                .put("callee", "1001").put("visibleName", caller).put("status", "RING"));
    }

    private static JSONObject about(String id) {
        return new JSONObject().put("callId", id).put("incoming", false).put("caller", "1001")
                .put("callee", "1002").put("visibleName", "1001").put("hasAudio", true)
                .put("hasVideo", false).put("mediaProvider", "WebRTC");
    }

    private void saysSdp(String id) {
        socket.onText(new JSONObject().put("message", "setRemoteSDP")
                .put("data", new JSONArray().put(id).put(SDP).put(false)).toString());
    }

    private void says(String message, JSONObject data) {
        socket.onText(new JSONObject().put("message", message)
                .put("data", new JSONArray().put(data)).toString());
    }

    /* ---- the platform ---- */

    private Transport openTransport(String url, Transport.Listener listener) {
        socket = listener;
        return new Transport() {
            @Override
            public void send(String text) {
                JSONObject message = new JSONObject(text);
                sent.add(message);
                if (message.getString("message").equals("call")) {
                    callId = message.getJSONArray("data").getJSONObject(0).getString("callId");
                }
            }

            @Override
            public void close(int code, String reason) {
                listener.onClosed(code, reason);
            }
        };
    }

    private MediaSession openMedia(MediaRequest request, MediaSession.Observer observer) {
        media.add(request);
        return new SilentMedia(observer);
    }

    /** Every step of it succeeds at once. */
    private static final class SilentMedia implements MediaSession {
        private final Observer observer;

        SilentMedia(Observer observer) {
            this.observer = observer;
        }

        @Override
        public void createOffer(boolean iceRestart, SdpResult result) {
            result.onSdp(SDP);
        }

        @Override
        public void createAnswer(String remoteOffer, boolean video, SdpResult result) {
            result.onSdp(SDP);
            observer.onConnectionState(MediaState.CONNECTED);
        }

        @Override
        public void setRemoteAnswer(String sdp, Result result) {
            result.onDone();
            observer.onConnectionState(MediaState.CONNECTED);
        }

        @Override
        public void rollback(Result result) {
            result.onDone();
        }

        @Override
        public void setAudioMuted(boolean muted) {
        }

        @Override
        public void setVideoMuted(boolean muted) {
        }

        @Override
        public void setHeld(boolean held) {
        }

        @Override
        public void getStats(StatsResult result) {
        }

        @Override
        public void close() {
        }
    }

    /** One thing after the other, in the thread of who asks; time stands still. */
    private static final class InlineScheduler implements Scheduler {
        private final Deque<Runnable> queue = new ArrayDeque<>();
        private boolean runs;

        @Override
        public long nowMillis() {
            return 0;
        }

        @Override
        public void execute(Runnable work) {
            queue.add(work);
            if (runs) {
                return;
            }
            runs = true;
            try {
                while (!queue.isEmpty()) {
                    queue.remove().run();
                }
            } finally {
                runs = false;
            }
        }

        @Override
        public Cancellable schedule(Runnable work, long delayMillis) {
            return () -> { };
        }
    }

    private static final class DeafNetwork implements NetworkWatcher {
        @Override
        public void start(Listener listener) {
        }

        @Override
        public void stop() {
        }
    }
}
