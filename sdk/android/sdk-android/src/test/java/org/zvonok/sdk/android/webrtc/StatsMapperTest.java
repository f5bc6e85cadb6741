package org.zvonok.sdk.android.webrtc;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.Test;
import org.webrtc.RTCStats;
import org.webrtc.RTCStatsReport;
import org.zvonok.sdk.MediaStats;

public class StatsMapperTest {
    private final Map<String, RTCStats> all = new LinkedHashMap<>();

    private void put(String type, String id, Object... members) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            map.put((String) members[i], members[i + 1]);
        }
        all.put(id, new RTCStats(0, type, id, map));
    }

    private MediaStats map() {
        return StatsMapper.map(new RTCStatsReport(0, all));
    }

    @Test
    public void soundAndPictureAreToldApart() {
        put("inbound-rtp", "IA", "kind", "audio", "packetsReceived", 100L, "packetsLost", 3,
                "bytesReceived", BigInteger.valueOf(16_000), "jitter", 0.012, "audioLevel", 0.25,
                "codecId", "C1");
        put("inbound-rtp", "IV", "kind", "video", "framesDecoded", 50L, "frameWidth", 640L,
                "frameHeight", 480L, "codecId", "C2");
        put("outbound-rtp", "OA", "kind", "audio", "packetsSent", 90L,
                "bytesSent", BigInteger.valueOf(15_000));
        put("outbound-rtp", "OV", "kind", "video", "framesSent", 40L, "packetsSent", 999L);
        put("codec", "C1", "mimeType", "audio/opus");
        put("codec", "C2", "mimeType", "video/VP8");
        MediaStats stats = map();
        assertEquals(100, stats.packetsReceived);
        assertEquals(3, stats.packetsLost);
        assertEquals(16_000, stats.bytesReceived);
        assertEquals(12, stats.jitterMillis, 1e-9);
        assertEquals(0.25, stats.audioLevel, 1e-9);
        assertEquals("opus", stats.audioCodec);
        assertEquals(50, stats.framesDecoded);
        assertEquals(640, stats.frameWidth);
        assertEquals(480, stats.frameHeight);
        assertEquals("VP8", stats.videoCodec);
        assertEquals(90, stats.packetsSent);
        assertEquals(15_000, stats.bytesSent);
        assertEquals(40, stats.framesSent);
    }

    @Test
    public void theRoundTripIsThatOfTheSelectedPair() {
        put("candidate-pair", "P1", "currentRoundTripTime", 0.9);
        put("candidate-pair", "P2", "currentRoundTripTime", 0.03);
        put("transport", "T", "selectedCandidatePairId", "P2");
        assertEquals(30, map().rttMillis, 1e-9);
    }

    @Test
    public void whatIsNotThereIsNotKnown() {
        put("inbound-rtp", "IA", "kind", "audio", "codecId", "gone");
        put("transport", "T");
        MediaStats stats = map();
        assertEquals(0, stats.packetsReceived);
        assertTrue(Double.isNaN(stats.jitterMillis));
        assertTrue(Double.isNaN(stats.rttMillis));
        assertEquals("", stats.audioCodec);
    }
}
