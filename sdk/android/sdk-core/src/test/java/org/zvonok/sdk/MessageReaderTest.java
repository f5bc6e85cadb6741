package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.Collections;
import java.util.Random;
import org.junit.Test;
import org.zvonok.sdk.Received.Kind;

/** What is no message must do nothing, and least of all throw. */
public class MessageReaderTest {
    private static String many(String text, int times) {
        return String.join("", Collections.nCopies(times, text));
    }

    private static Kind kindOf(String text) {
        return MessageReader.read(text).kind;
    }

    @Test
    public void whatIsNoMessageIsIgnored() {
        String[] texts = {"", "x", "null", "[]", "{}", "{\"message\":1}", "{\"message\":\"what\"}",
            "{\"message\":\"ping\"", "{\"data\":[]}", many("[", 100_000),
            "{\"message\":\"talk\",\"data\":" + many("[", 20) + many("]", 20) + "}",
            "{\"message\":\"zvUpdate\",\"data\":[{\"type\":\"other\"}]}",
            "{\"message\":\"zvDrain\",\"data\":[{\"status\":\"other\",\"leftMs\":1}]}",
            "{\"message\":\"zvDrain\",\"data\":[{\"status\":7}]}", "{\"message\":\"zvDrain\"}",
            "{\"message\":\"ping\",\"x\":\"" + many("y", 300_000) + "\"}"};
        for (String text : texts) {
            assertEquals(text.substring(0, Math.min(40, text.length())), Kind.IGNORED,
                    kindOf(text));
        }
    }

    @Test
    public void aFieldOfAnotherTypeIsAsGoodAsNone() {
        Received read = MessageReader.read("{\"message\":\"finish\",\"seq\":\"7\",\"data\":"
                + "[{\"callId\":7,\"status\":null,\"sipStatus\":\"486\",\"cause\":{}}]}");
        assertEquals(Kind.CALL, read.kind);
        assertEquals("", read.id);
        assertEquals(0, read.call.reason.getSipStatus());
        assertEquals("failed", read.call.reason.getCause());
        assertEquals(Received.NO_SEQ, read.seq);
        assertEquals(Kind.SDP, kindOf("{\"message\":\"setRemoteSDP\",\"data\":null}"));
        assertEquals(Kind.PING, kindOf("{\"message\":\"ping\"}"));
    }

    @Test
    public void bracketsWithinTextsDoNotCount() {
        assertEquals(Kind.PING, kindOf("{\"message\":\"ping\",\"x\":\"" + many("[", 100) + "\"}"));
        assertEquals(Kind.PING, kindOf("{\"message\":\"ping\",\"x\":\"\\\"" + many("{", 100)
                + "\"}"));
    }

    @Test
    public void listsAreReadAsFarAsTheyMayGo() {
        String call = "{\"callId\":\"a\",\"status\":\"RING\"}";
        Received read = MessageReader.read("{\"message\":\"zvResumed\",\"data\":[{\"calls\":["
                + call + many("," + call, 99) + "],\"replayed\":-4}]}");
        assertEquals(Limits.MAX_RESUMED, read.resumed.calls.size());
        assertEquals(0, read.resumed.replayed);
    }

    @Test
    public void serversWithoutAPasswordAreOnlyGoodForStun() {
        Received read = MessageReader.read("{\"message\":\"getUserData\",\"data\":[{"
                + "\"iceServers\":[{\"urls\":\"turn:a\"},{\"urls\":[\"stun:b\",\"turn:c\"]},"
                + "{\"urls\":\"http://d\"},{}]}]}");
        assertEquals(1, read.welcome.iceServers.size());
        assertEquals(Collections.singletonList("stun:b"), read.welcome.iceServers.get(0).urls);
    }

    @Test
    public void aVerdictWithoutWordsTakesTheLastOneBack() {
        assertNull(MessageReader.read("{\"message\":\"zvVerdict\",\"data\":[{\"code\":\"loss\"}]}")
                .finding.verdict);
    }

    private static Draining drain(String fields) {
        Received read = MessageReader.read(
                "{\"message\":\"zvDrain\",\"data\":[{" + fields + "}]}");
        assertEquals(Kind.DRAIN, read.kind);
        return read.draining;
    }

    @Test
    public void aDrainHasATimeAndAReasonUntilItIsTakenBack() {
        Draining whole = drain("\"status\":\"DRAINING\",\"leftMs\":30000,\"cause\":\"draining\","
                + "\"text\":\"it goes\",\"remedy\":\"wait\",\"hop\":\"gateway\"");
        assertEquals(30_000, whole.getLeftMillis());
        assertEquals("draining: It goes. Wait.", whole.getReason().toString());
        assertEquals(ErrorCode.GATEWAY_ENDED, whole.getReason().getCode());
        assertNull(drain("\"status\":\"CANCELLED\",\"leftMs\":30000"));
    }

    @Test
    public void whatADrainDoesNotSayIsInTheTable() {
        SdkError known = SdkError.of("draining");
        for (String fields : new String[] {"", ",\"leftMs\":\"9\",\"cause\":7,\"text\":[]",
            ",\"leftMs\":-9,\"cause\":null,\"text\":\" \""}) {
            Draining bare = drain("\"status\":\"DRAINING\"" + fields);
            assertEquals(fields, 0, bare.getLeftMillis());
            assertEquals(fields, "draining", bare.getReason().getCause());
            assertEquals(fields, known.getSentence(), bare.getReason().getSentence());
            assertEquals(fields, known.getHop(), bare.getReason().getHop());
        }
    }

    @Test
    public void noTextMakesTheReaderThrow() {
        Random random = new Random(1);
        String good = Say.finish("a", "FAILED", 480, "busy") + Say.resumed(3,
                Say.held("a", true, "RING"));
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(good);
            for (int j = random.nextInt(6); j >= 0; j--) {
                int at = random.nextInt(text.length());
                text.setCharAt(at, (char) (random.nextInt(4) == 0 ? random.nextInt(0x10000)
                        : "{}[]\",:\\0a".charAt(random.nextInt(10))));
            }
            MessageReader.read(text.substring(0, random.nextInt(text.length())));
        }
        assertTrue(JsonDepth.isShallow(good));
    }
}
