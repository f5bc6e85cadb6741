package org.zvonok.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.json.JSONObject;
import org.zvonok.sdk.AnswerOptions;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.Connection;
import org.zvonok.sdk.DtmfType;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.Wait;
import org.zvonok.sdk.Session;

/**
 * One phone: a session, and what a test can have it do. Each command has its name in {@code do};
 * those about a call have its id in {@code call}.
 *
 * <pre>
 * connect      url; the fields of an account, by their names in Connection
 * disconnect
 * state                                    its result: state, error, token, calls
 * call         callee; video, parameters   its result: call
 * answer       video
 * hangup, hold, unhold
 * mute         audio, video: true or false
 * dtmf         digits; type
 * transfer     target
 * stats                                    its result: the figures of MediaStats
 * listen       seconds, file               its result, when that was heard: rateHz, seconds
 * look                                     its result: frames, bars, size
 * </pre>
 */
final class PhoneCommands {
    private static final int MOST_CALLS = 64;
    private static final int RESUME_MILLIS = 60_000;

    private final double toneHz;
    private final String bars;
    private final Session session;
    private final PhoneEvents events;
    /** By id. Those that have ended can be asked about, for a while. */
    private final Map<String, Call> calls = new LinkedHashMap<String, Call>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Call> eldest) {
            return size() > MOST_CALLS;
        }
    };

    /**
     * A phone.
     *
     * @param first the first command: {@code tone} and {@code bars} are what it says and shows,
     *     {@code resumeMillis} is how long it tries to return
     * @param tell gets the events
     */
    PhoneCommands(Platform platform, JSONObject first, Consumer<JSONObject> tell) {
        toneHz = first.optDouble("tone", DesktopMedia.TONE_HZ);
        bars = first.optString("bars", DesktopMedia.BARS);
        int resumeMillis = first.optInt("resumeMillis", RESUME_MILLIS);
        SdkConfig config = SdkConfig.builder().limit(Wait.RESUME, resumeMillis).build();
        session = new Session(platform, config);
        events = new PhoneEvents(tell, this::onIncoming);
        session.addListener(events);
    }

    CompletableFuture<JSONObject> perform(JSONObject command) {
        switch (command.getString("do")) {
            case "connect":
                session.connect(connection(command));
                return done();
            case "disconnect":
                session.disconnect();
                return done();
            case "state":
                return done(Facts.of(session));
            case "call":
                return call(command);
            default:
                return perform(command, find(command.getString("call")));
        }
    }

    private CompletableFuture<JSONObject> perform(JSONObject command, Call call) {
        switch (command.getString("do")) {
            case "answer":
                call.answer(AnswerOptions.builder().video(command.optBoolean("video")).build());
                return done();
            case "hangup":
                call.hangup();
                return done();
            case "hold":
                call.hold();
                return done();
            case "unhold":
                call.unhold();
                return done();
            case "mute":
                return mute(command, call);
            case "dtmf":
                String type = command.optString("type", "AUTO").toUpperCase(Locale.ROOT);
                call.sendDtmf(command.getString("digits"), DtmfType.valueOf(type));
                return done();
            case "transfer":
                call.transfer(command.getString("target"));
                return done();
            default:
                return measure(command, call);
        }
    }

    private CompletableFuture<JSONObject> measure(JSONObject command, Call call) {
        DesktopMedia devices = (DesktopMedia) call.getMediaOptions();
        switch (command.getString("do")) {
            case "stats":
                CompletableFuture<JSONObject> figures = new CompletableFuture<>();
                call.getStats((which, stats) -> figures.complete(Facts.of(stats)));
                return figures;
            case "listen":
                String file = command.getString("file");
                return devices.getEar().listen(command.getDouble("seconds")).thenApply(sound -> {
                    return write(sound, file);
                });
            case "look":
                return done(Facts.of(devices.getEye()));
            default:
                throw new IllegalArgumentException("no phone can " + command.getString("do"));
        }
    }

    private CompletableFuture<JSONObject> call(JSONObject command) {
        Map<String, String> parameters = new LinkedHashMap<>();
        JSONObject given = command.optJSONObject("parameters");
        for (String name : given == null ? Collections.<String>emptySet() : given.keySet()) {
            parameters.put(name, given.getString(name));
        }
        Call call = session.createCall(CallOptions.builder(command.getString("callee"))
                .video(command.optBoolean("video"))
                .inviteParameters(parameters)
                .mediaOptions(new DesktopMedia(toneHz, bars))
                .build());
        keep(call);
        call.call();
        return done(new JSONObject().put("call", call.getId()));
    }

    private static CompletableFuture<JSONObject> mute(JSONObject command, Call call) {
        if (command.has("audio")) {
            call.setAudioMuted(command.getBoolean("audio"));
        }
        if (command.has("video")) {
            call.setVideoMuted(command.getBoolean("video"));
        }
        return done();
    }

    private void onIncoming(Call call) {
        call.setMediaOptions(new DesktopMedia(toneHz, bars));
        keep(call);
    }

    private void keep(Call call) {
        synchronized (calls) {
            calls.put(call.getId(), call);
        }
        call.addListener(events);
    }

    private Call find(String id) {
        synchronized (calls) {
            Call call = calls.get(id);
            if (call == null) {
                throw new IllegalArgumentException("this phone has no call " + id);
            }
            return call;
        }
    }

    private static Connection connection(JSONObject from) {
        return Connection.builder(from.getString("url"))
                .sipLogin(from.optString("sipLogin"))
                .sipAuthenticationName(from.optString("sipAuthenticationName"))
                .sipPassword(from.optString("sipPassword"))
                .sipDomain(from.optString("sipDomain"))
                .sipOutboundProxy(from.optString("sipOutboundProxy"))
                .sipPort(from.optInt("sipPort"))
                .sipRegisterRequired(from.optBoolean("sipRegisterRequired", true))
                .sipVisibleName(from.optString("sipVisibleName"))
                .keepAlive(from.optBoolean("keepAlive"))
                .authToken(from.optString("authToken"))
                .build();
    }

    private static JSONObject write(Sound sound, String file) {
        try {
            sound.write(Paths.get(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        JSONObject result = new JSONObject().put("rateHz", sound.getRateHz());
        return result.put("seconds", sound.getSeconds());
    }

    private static CompletableFuture<JSONObject> done() {
        return done(new JSONObject());
    }

    private static CompletableFuture<JSONObject> done(JSONObject result) {
        return CompletableFuture.completedFuture(result);
    }
}
