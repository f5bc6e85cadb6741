package org.zvonok.sdk.android.webrtc;

import java.util.Map;
import org.webrtc.RTCStats;
import org.webrtc.RTCStatsReport;
import org.zvonok.sdk.MediaStats;

/**
 * From libwebrtc's report, a map of objects that name each other by id, to the figures of the SDK.
 * The names are those of the W3C's webrtc-stats; one that is missing leaves its figure unknown.
 */
final class StatsMapper {
    private static final double MILLIS = 1_000;

    private final Map<String, RTCStats> all;
    private final MediaStats.Builder to = MediaStats.builder();

    private StatsMapper(RTCStatsReport report) {
        all = report.getStatsMap();
    }

    static MediaStats map(RTCStatsReport report) {
        StatsMapper mapper = new StatsMapper(report);
        for (RTCStats stats : mapper.all.values()) {
            mapper.take(stats);
        }
        return mapper.to.build();
    }

    private void take(RTCStats stats) {
        boolean isVideo = "video".equals(stats.getMembers().get("kind"));
        switch (stats.getType()) {
            case "inbound-rtp":
                if (isVideo) {
                    takeVideoIn(stats);
                } else {
                    takeAudioIn(stats);
                }
                break;
            case "outbound-rtp":
                if (isVideo) {
                    to.framesSent(whole(stats, "framesSent"));
                } else {
                    to.packetsSent(whole(stats, "packetsSent"));
                    to.bytesSent(whole(stats, "bytesSent"));
                }
                break;
            case "transport":
                to.rttMillis(MILLIS * number(all.get(text(stats, "selectedCandidatePairId")),
                        "currentRoundTripTime"));
                break;
            default:
                break;
        }
    }

    private void takeAudioIn(RTCStats stats) {
        to.packetsReceived(whole(stats, "packetsReceived"));
        to.packetsLost(whole(stats, "packetsLost"));
        to.bytesReceived(whole(stats, "bytesReceived"));
        to.jitterMillis(MILLIS * number(stats, "jitter"));
        to.audioLevel(number(stats, "audioLevel"));
        to.audioCodec(codec(stats));
    }

    private void takeVideoIn(RTCStats stats) {
        to.framesDecoded(whole(stats, "framesDecoded"));
        to.frameWidth((int) whole(stats, "frameWidth"));
        to.frameHeight((int) whole(stats, "frameHeight"));
        to.videoCodec(codec(stats));
    }

    /** The name behind the slash of a media type such as {@code audio/opus}. */
    private String codec(RTCStats stats) {
        String type = text(all.get(text(stats, "codecId")), "mimeType");
        return type.substring(type.indexOf('/') + 1);
    }

    private static String text(RTCStats stats, String name) {
        Object value = stats == null ? null : stats.getMembers().get(name);
        return value instanceof String ? (String) value : "";
    }

    private static double number(RTCStats stats, String name) {
        Object value = stats == null ? null : stats.getMembers().get(name);
        return value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
    }

    private static long whole(RTCStats stats, String name) {
        double value = number(stats, name);
        return Double.isNaN(value) ? 0 : (long) value;
    }
}
