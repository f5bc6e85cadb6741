package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.sdk.Received.Kind;

/** The contract: what we write is the golden message, and every message of the gateway is read. */
public class ExamplesTest {
    private static final String CALL_ID = "6ad9bb40-70a3-11f1-9d2e-0242ac120002";
    private static final File EXAMPLES = new File(System.getProperty("api.examples"));
    private static final Map<String, Kind> KINDS = new HashMap<>();

    static {
        KINDS.put("ping", Kind.PING);
        KINDS.put("getUserData", Kind.WELCOME);
        KINDS.put("registered", Kind.REGISTERED);
        KINDS.put("fail", Kind.FAILED);
        KINDS.put("setRemoteSDP", Kind.SDP);
        KINDS.put("notifyIncomingCall", Kind.INCOMING);
        for (String name : "notifyTryingResponse ring talk hold busy finish".split(" ")) {
            KINDS.put(name, Kind.CALL);
        }
        KINDS.put("notifyTransferEvent", Kind.TRANSFER);
        KINDS.put("zvDtmf", Kind.DTMF);
        KINDS.put("zvReport", Kind.REPORT);
        KINDS.put("zvResumed", Kind.RESUMED);
        KINDS.put("zvUpdate", Kind.UPDATE);
        KINDS.put("zvVerdict", Kind.VERDICT);
        KINDS.put("zvQuality", Kind.QUALITY);
        KINDS.put("zvDrain", Kind.DRAIN);
    }

    private static String read(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(new File(EXAMPLES, name + ".json").toPath());
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static JSONObject data(String name) throws IOException {
        return new JSONObject(read(name)).getJSONArray("data").getJSONObject(0);
    }

    private static Connection connection() {
        return Connection.builder("wss://gateway.example").keepAlive(true).sipLogin("1000")
                .sipAuthenticationName("1000-auth").sipPassword("secret").sipDomain("sip.example")
                .sipOutboundProxy("proxy.example").sipPort(5060).sipVisibleName("Анна О'Нил")
                .sipContactParams(";expires=60").custom(Collections.singletonMap("tenant", 7))
                .build();
    }

    private static CallOrigin call() {
        CallOptions options = CallOptions.builder("2000").video(true)
                .inviteParameters(Collections.singletonMap("X-Ticket", "42"))
                .sipSdp(Arrays.asList("b=AS:700"))
                .custom(Collections.singletonMap("order", "A-1")).build();
        return CallOrigin.outgoing(CALL_ID, options);
    }

    private static CallOrigin incoming() {
        SdkError none = SdkError.of("normal");
        return CallOrigin.incoming(
                new CallReport("in-9f3", "RING", "2000", "1000", "Bob", none), Say.OFFER);
    }

    private static Map<String, String> written() throws IOException {
        SdkConfig config = SdkConfig.builder().clientOsVersion("Android 15").build();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("client.connection.android", MessageWriter.connection(connection(), config));
        all.put("client.connection.android.return", MessageWriter.returning(connection(), config,
                "aZ09bY18cX27dW36eV45fU", 41));
        all.put("client.call.android", MessageWriter.call(call(), "1000", "Анна",
                data("client.call.android").getString("sdp")));
        all.put("client.answer.android", MessageWriter.answer(incoming(),
                data("client.answer.android").getString("sdp")));
        all.put("client.hangup", MessageWriter.hangup(CALL_ID));
        all.put("client.hold", MessageWriter.hold(CALL_ID, true));
        all.put("client.unhold", MessageWriter.hold(CALL_ID, false));
        all.put("client.transfer", MessageWriter.transfer(CALL_ID, "1003"));
        all.put("client.sendDtmf", MessageWriter.dtmf(CALL_ID, "5", DtmfType.RFC2833));
        all.put("client.sendDtmf.info", MessageWriter.dtmf(CALL_ID, "*12#", DtmfType.INFO_RELAY));
        all.put("client.ping", MessageWriter.ping());
        all.put("client.pong", MessageWriter.pong());
        all.put("client.zvUpdate", MessageWriter.update(CALL_ID,
                data("client.zvUpdate").getString("sdp"), Exchange.RESTART));
        all.put("client.zvUpdate.answer", MessageWriter.updateAnswer(CALL_ID,
                data("client.zvUpdate.answer").getString("sdp")));
        all.put("client.zvUpdate.rollback", MessageWriter.updateAnswer(CALL_ID, null));
        return all;
    }

    @Test
    public void everyMessageThatWeSendIsTheGoldenOne() throws IOException {
        for (Map.Entry<String, String> entry : written().entrySet()) {
            JSONObject golden = new JSONObject(read(entry.getKey()));
            JSONObject ours = new JSONObject(entry.getValue());
            assertTrue(entry.getKey() + ": " + ours, golden.similar(ours));
        }
    }

    @Test
    public void everyGoldenMessageOfTheGatewayIsReadAsWhatItIs() throws IOException {
        String[] names = EXAMPLES.list((folder, name) -> name.startsWith("server."));
        assertTrue("the golden messages are there", names.length >= 35);
        for (String file : names) {
            String name = file.replace(".json", "");
            check(name, new JSONObject(read(name)), MessageReader.read(read(name)));
        }
    }

    private static void check(String name, JSONObject golden, Received read) {
        Kind kind = KINDS.getOrDefault(golden.getString("message"), Kind.IGNORED);
        assertEquals(name, name.equals("server.zvUpdate.offer") ? Kind.REOFFER : kind, read.kind);
        assertEquals(name, golden.optLong("seq", Received.NO_SEQ), read.seq);
        JSONObject data = golden.getJSONArray("data").optJSONObject(0);
        if (read.kind == Kind.CALL || read.kind == Kind.INCOMING) {
            assertEquals(name, data.getString("status"), read.call.status);
            assertEquals(name, data.getString("caller"), read.call.caller);
            assertEquals(name, data.optInt("sipStatus") > 0 && data.has("cause")
                    ? data.getInt("sipStatus") : read.call.reason.getSipStatus(),
                    read.call.reason.getSipStatus());
        }
        SdkError error = read.error != null ? read.error : read.call != null ? read.call.reason
                : read.report != null ? read.report.getReason()
                : read.draining != null ? read.draining.getReason() : null;
        boolean isIgnored = read.kind == Kind.IGNORED; // a feature that this SDK does not ask for
        if (data != null && data.has("cause") && !isIgnored) {
            assertEquals(name, data.getString("cause"), error.getCause());
            assertEquals(name, data.optString("field"), error.getField());
        }
    }

    @Test
    public void figuresAreRead() throws IOException {
        Quality quality = MessageReader.read(read("server.zvQuality")).quality;
        Quality.LegQuality web = quality.getLeg(Leg.WEB);
        assertEquals(4.36, web.arrival.mos, 0);
        assertEquals(640, web.video.width, 0);
        assertEquals(1.95, web.reported.lossPercent, 0);
        assertTrue(Double.isNaN(quality.getLeg(Leg.SIP).rttMillis));
        Verdict verdict = MessageReader.read(read("server.zvVerdict")).finding.verdict;
        assertEquals("wrong_source", verdict.getCode());
        assertEquals(4120, verdict.getSinceMillis());
        Welcome welcome = MessageReader.read(read("server.getUserData.iceServers")).welcome;
        assertEquals(2, welcome.iceServers.get(0).urls.size());
        Resumed resumed = MessageReader.read(read("server.zvResumed")).resumed;
        assertTrue(resumed.find(CALL_ID).isAnswered());
        assertEquals(2, resumed.replayed);
        assertEquals(30_000, MessageReader.read(read("server.zvDrain")).draining.getLeftMillis());
    }
}
