package org.zvonok.testkit;

import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.RTCStatsType;
import java.util.Map;
import org.zvonok.sdk.MediaStats;

/** libwebrtc's statistics as the figures that the SDK has. */
final class Figures {
    private static final double MS_PER_S = 1000;

    private final Map<String, RTCStats> all;
    private final MediaStats.Builder figures = MediaStats.builder();

    private Figures(RTCStatsReport report) {
        all = report.getStats();
    }

    static MediaStats read(RTCStatsReport report) {
        Figures reading = new Figures(report);
        for (RTCStats one : reading.all.values()) {
            reading.take(one.getType(), one.getAttributes());
        }
        return reading.figures.build();
    }

    private void take(RTCStatsType type, Map<String, Object> of) {
        boolean isAudio = "audio".equals(of.get("kind"));
        boolean isPath = Boolean.TRUE.equals(of.get("nominated"));
        if (type == RTCStatsType.INBOUND_RTP && isAudio) {
            takeSoundHeard(of);
        } else if (type == RTCStatsType.INBOUND_RTP) {
            takePictureSeen(of);
        } else if (type == RTCStatsType.OUTBOUND_RTP && isAudio) {
            figures.packetsSent(whole(of, "packetsSent")).bytesSent(whole(of, "bytesSent"));
        } else if (type == RTCStatsType.OUTBOUND_RTP) {
            figures.framesSent(whole(of, "framesSent"));
        } else if (type == RTCStatsType.CANDIDATE_PAIR && isPath) {
            figures.rttMillis(real(of, "currentRoundTripTime") * MS_PER_S);
        }
    }

    private void takeSoundHeard(Map<String, Object> of) {
        figures.packetsReceived(whole(of, "packetsReceived"))
                .packetsLost(whole(of, "packetsLost"))
                .bytesReceived(whole(of, "bytesReceived"))
                .jitterMillis(real(of, "jitter") * MS_PER_S)
                .audioLevel(real(of, "audioLevel"))
                .audioCodec(codec(of));
    }

    private void takePictureSeen(Map<String, Object> of) {
        figures.framesDecoded(whole(of, "framesDecoded"))
                .frameWidth((int) whole(of, "frameWidth"))
                .frameHeight((int) whole(of, "frameHeight"))
                .videoCodec(codec(of));
    }

    /** "audio/opus" is opus; empty until the first packet. */
    private String codec(Map<String, Object> of) {
        RTCStats codec = all.get(String.valueOf(of.get("codecId")));
        Object type = codec == null ? null : codec.getAttributes().get("mimeType");
        return type == null ? "" : type.toString().replaceFirst("^.*/", "");
    }

    private static long whole(Map<String, Object> of, String name) {
        Object value = of.get(name);
        return value instanceof Number ? ((Number) value).longValue() : 0;
    }

    private static double real(Map<String, Object> of, String name) {
        Object value = of.get(name);
        return value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
    }
}
