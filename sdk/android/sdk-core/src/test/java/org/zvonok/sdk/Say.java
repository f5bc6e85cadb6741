package org.zvonok.sdk;

import org.json.JSONArray;
import org.json.JSONObject;

/** What a gateway says, in the form that api/schema has it. */
final class Say {
    static final String OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    static final String VIDEO_OFFER = OFFER + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n";

    private Say() {
    }

    static String message(String name, Object... data) {
        return new JSONObject().put("message", name).put("data", new JSONArray(data)).toString();
    }

    /** The same with a number, as where `resume` is granted. */
    static String numbered(long seq, String message) {
        return new JSONObject(message).put("seq", seq).toString();
    }

    static String welcome(String token, String... features) {
        return message("getUserData", new JSONObject().put("sipLogin", "1001")
                .put("authToken", token).put("status", "ESTABLISHED")
                .put("features", new JSONArray(features)));
    }

    static String registered() {
        return message("registered", new JSONObject().put("status", "REGISTERED"));
    }

    static String resumed(long replayed, JSONObject... calls) {
        return message("zvResumed", new JSONObject().put("calls", new JSONArray(calls))
                .put("replayed", replayed).put("complete", true));
    }

    static JSONObject held(String callId, boolean incoming, String status) {
        return new JSONObject().put("callId", callId).put("incoming", incoming)
                .put("status", status);
    }

    private static JSONObject event(String callId, String status) {
        return new JSONObject().put("callId", callId).put("status", status)
                .put("caller", "1001").put("callee", "1002").put("mediaProvider", "WebRTC");
    }

    static String trying(String callId) {
        return message("notifyTryingResponse", event(callId, "TRYING"));
    }

    static String ring(String callId) {
        return message("ring", event(callId, "RING").put("sipStatus", 180));
    }

    static String progress(String callId, String status) {
        return message("ring", event(callId, status).put("sipStatus", 183));
    }

    static String talk(String callId) {
        return message("talk", event(callId, "ESTABLISHED").put("sipStatus", 200));
    }

    static String hold(String callId) {
        return message("hold", event(callId, "HOLD"));
    }

    static String busy(String callId) {
        return message("busy", event(callId, "BUSY").put("sipStatus", 486).put("cause", "busy")
                .put("text", "the far end is busy"));
    }

    static String finish(String callId, String status, int sipStatus, String cause) {
        return message("finish", event(callId, status).put("sipStatus", sipStatus)
                .put("cause", cause).put("text", "it is over"));
    }

    static String sdp(String callId, String sdp) {
        return message("setRemoteSDP", callId, sdp, true);
    }

    static String incoming(String callId) {
        return message("notifyIncomingCall", event(callId, "RING").put("incoming", true)
                .put("caller", "1002").put("callee", "1001").put("visibleName", "Bob"));
    }

    static String update(String callId, String type, String sdp, String reason) {
        return message("zvUpdate", new JSONObject().put("callId", callId).put("type", type)
                .put("sdp", sdp).put("reason", reason));
    }

    static String draining(long leftMs) {
        return message("zvDrain", new JSONObject().put("status", "DRAINING").put("leftMs", leftMs)
                .put("cause", "draining").put("text", "the gateway is about to restart")
                .put("remedy", "try again in a minute").put("hop", "gateway"));
    }

    static String goesOn() {
        return message("zvDrain", new JSONObject().put("status", "CANCELLED"));
    }

    static String fail(String method, String id, String cause) {
        JSONObject fail = new JSONObject().put("apiMethod", method).put("status", "FAILED")
                .put("cause", cause).put("info", "it was refused");
        return message("fail", id.isEmpty() ? fail : fail.put("id", id));
    }
}
