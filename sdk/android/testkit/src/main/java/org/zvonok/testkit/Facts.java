package org.zvonok.testkit;

import org.json.JSONArray;
import org.json.JSONObject;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.Draining;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.Quality;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;

/** What the SDK knows, as JSON; what it does not know is left out. */
final class Facts {
    private Facts() {}

    static JSONObject of(Session session) {
        JSONArray calls = new JSONArray();
        for (Call call : session.getCalls()) {
            calls.put(of(call));
        }
        return new JSONObject()
                .put("state", session.getState().name())
                .put("error", of(session.getError()))
                .put("token", session.getAuthToken())
                .put("calls", calls);
    }

    static JSONObject of(Call call) {
        return new JSONObject()
                .put("call", call.getId())
                .put("state", call.getState().name())
                .put("wireStatus", call.getWireStatus())
                .put("incoming", call.isIncoming())
                .put("caller", call.getCaller())
                .put("callee", call.getCallee())
                .put("remoteName", call.getRemoteName())
                .put("hasVideo", call.hasVideo())
                .put("hasRemoteVideo", call.hasRemoteVideo());
    }

    static JSONObject of(SdkError error) {
        if (error == null) {
            return null;
        }
        return new JSONObject()
                .put("code", error.getCode().name())
                .put("cause", error.getCause())
                .put("sipStatus", error.getSipStatus())
                .put("sentence", error.getSentence())
                .put("remedy", error.getRemedy())
                .put("hop", error.getHop())
                .put("field", error.getField())
                .put("fix", error.getFix())
                .put("retryable", error.isRetryable());
    }

    static JSONObject of(Draining draining) {
        if (draining == null) {
            return null;
        }
        return new JSONObject()
                .put("leftMillis", draining.getLeftMillis())
                .put("reason", of(draining.getReason()));
    }

    static JSONObject of(CallEnd end) {
        return new JSONObject()
                .put("kind", end.getKind().name())
                .put("cause", end.getCause())
                .put("sipStatus", end.getSipStatus())
                .put("text", end.getText())
                .put("byUs", end.isByUs())
                .put("error", of(end.getError()));
    }

    static JSONObject of(MediaStats stats) {
        if (stats == null) {
            return new JSONObject();
        }
        return new JSONObject()
                .put("packetsReceived", stats.packetsReceived)
                .put("packetsSent", stats.packetsSent)
                .put("audioCodec", stats.audioCodec)
                .put("videoCodec", stats.videoCodec)
                .put("framesDecoded", stats.framesDecoded)
                .put("framesSent", stats.framesSent)
                .put("frameWidth", stats.frameWidth)
                .put("frameHeight", stats.frameHeight);
    }

    static JSONArray of(Quality quality) {
        JSONArray legs = new JSONArray();
        for (Quality.LegQuality one : quality.getLegs()) {
            JSONObject leg = new JSONObject().put("leg", one.leg.name());
            double mos = one.arrival == null ? Double.NaN : one.arrival.mos;
            legs.put(Double.isNaN(mos) ? leg : leg.put("mos", mos));
        }
        return legs;
    }

    static JSONObject of(Eye eye) {
        return new JSONObject()
                .put("frames", eye.getFrames())
                .put("bars", eye.getBars())
                .put("size", eye.getSize());
    }
}
