package org.zvonok.sdk;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** Writes the messages that the SDK sends, as api/schema has them. What is empty is left out. */
final class MessageWriter {
    /** The gateway's extensions that this SDK asks for. */
    static final List<String> FEATURES = Collections.unmodifiableList(Arrays.asList(
            "report", "resume", "reoffer", "verdict", "quality", "iceServers", "dtmf", "drain"));

    private MessageWriter() {
    }

    /** The first message of a session. */
    static String connection(Connection from, SdkConfig config) {
        return write("connection", client(from, config)
                .put("sipLogin", from.getSipLogin())
                .put("sipAuthenticationName", from.getSipAuthenticationName())
                .put("sipPassword", from.getSipPassword())
                .put("sipDomain", from.getSipDomain())
                .put("sipOutboundProxy", from.getSipOutboundProxy())
                .put("sipPort", from.getSipPort() == 0 ? null : from.getSipPort())
                .put("sipVisibleName", from.getSipVisibleName())
                .put("sipContactParams", from.getSipContactParams())
                .put("sipRegisterRequired", from.isSipRegisterRequired()));
    }

    /** The first message of a client that returns; a negative `lastSeq`: it remembers nothing. */
    static String returning(Connection from, SdkConfig config, String token, long lastSeq) {
        return write("connection", client(from, config)
                .put("authToken", token)
                .put("lastSeq", lastSeq < 0 ? null : lastSeq));
    }

    private static Json client(Connection from, SdkConfig config) {
        return new Json()
                .put("appKey", from.getAppKey())
                .put("mediaProviders", new JSONArray(Collections.singletonList("WebRTC")))
                .put("keepAlive", from.isKeepAlive() ? true : null)
                .put("clientVersion", config.getClientVersion())
                .put("clientOSVersion", config.getClientOsVersion())
                .put("features", new JSONArray(FEATURES))
                .put("custom", object(from.getCustom()));
    }

    static String call(CallOrigin origin, String login, String visibleName, String sdp) {
        CallOptions options = origin.options;
        return write("call", media(origin.callId, false, sdp)
                .put("caller", login)
                .put("callee", origin.callee)
                .put("visibleName", visibleName)
                .put("inviteParameters", object(options.getInviteParameters()))
                .put("sipSDP", list(options.getSipSdp()))
                .put("custom", object(options.getCustom())));
    }

    static String answer(CallOrigin origin, String sdp) {
        return write("answer", media(origin.callId, true, sdp).put("callee", origin.callee));
    }

    private static Json media(String callId, boolean incoming, String sdp) {
        return new Json()
                .put("callId", callId)
                .put("incoming", incoming)
                .put("hasAudio", true)
                .put("hasVideo", SdpVideo.isTaken(sdp))
                .put("status", "PENDING")
                .put("mediaProvider", "WebRTC")
                .put("sdp", sdp);
    }

    /** `reason`: `restart`, or `reload` of a new peer connection. */
    static String update(String callId, String sdp, String reason) {
        return write("zvUpdate", new Json().put("callId", callId).put("type", "offer")
                .put("sdp", sdp).put("reason", reason));
    }

    /** The answer to the gateway's offer of video; null: it cannot be taken, all is as before. */
    static String updateAnswer(String callId, String sdp) {
        return write("zvUpdate", new Json().put("callId", callId)
                .put("type", sdp == null ? "rollback" : "answer")
                .put("sdp", sdp).put("reason", "video"));
    }

    static String hangup(String callId) {
        return write("hangup", new Json().put("callId", callId));
    }

    static String hold(String callId, boolean on) {
        return write(on ? "hold" : "unhold", new Json().put("callId", callId));
    }

    static String dtmf(String callId, String digits, DtmfType type) {
        return write("sendDtmf", new Json().put("callId", callId)
                .put("type", type == DtmfType.AUTO ? null : type.name()).put("dtmf", digits));
    }

    static String transfer(String callId, String target) {
        return write("transfer", new Json().put("callId", callId).put("target", target));
    }

    static String ping() {
        return write("ping", null);
    }

    static String pong() {
        return write("pong", null);
    }

    private static JSONObject object(Map<String, ?> values) {
        if (values.isEmpty()) {
            return null;
        }
        Json object = new Json();
        for (Map.Entry<String, ?> entry : values.entrySet()) {
            object.put(entry.getKey(), entry.getValue());
        }
        return object.object;
    }

    private static JSONArray list(List<String> values) {
        return values.isEmpty() ? null : new JSONArray(values);
    }

    private static String write(String name, Json data) {
        JSONArray list = new JSONArray();
        list.put(data == null ? JSONObject.NULL : (Object) data.object);
        return new Json().put("message", name).put("data", list).object.toString();
    }

    /**
     * An object that is filled in one chain; null, empty texts and what is no JSON are left out.
     */
    private static final class Json {
        private final JSONObject object = new JSONObject();

        Json put(String name, Object value) {
            if (value == null || "".equals(value)) {
                return this;
            }
            try {
                object.put(name, JSONObject.wrap(value));
            } catch (JSONException notANumber) {
                object.remove(name);
            }
            return this;
        }
    }
}
