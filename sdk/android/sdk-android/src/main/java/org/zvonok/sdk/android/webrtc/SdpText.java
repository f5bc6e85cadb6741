package org.zvonok.sdk.android.webrtc;

import java.util.ArrayList;
import java.util.List;

/** What the engine reads in session descriptions, and the one thing that it changes. Pure text. */
final class SdpText {
    private static final String VIDEO = "m=video ";
    private static final String BUNDLE = "a=group:BUNDLE ";

    private SdpText() {
    }

    /** There is video in it that is not refused (by port 0: RFC 3264 §6). */
    static boolean offersVideo(String sdp) {
        for (String section : sections(sdp)) {
            if (isLiveVideo(section)) {
                return true;
            }
        }
        return false;
    }

    /** By these two descriptions the far end's picture comes here. */
    static boolean receivesVideo(String local, String remote) {
        return flows(remote, local);
    }

    /** By these two descriptions our picture goes there. */
    static boolean sendsVideo(String local, String remote) {
        return flows(local, remote);
    }

    /** The ICE user name, which is another one for each gathering; empty: none. */
    static String iceUfrag(String sdp) {
        return value(sdp, "a=ice-ufrag:");
    }

    /**
     * An answer without video. A transceiver that was stopped is to be answered with port 0 (RFC
     * 8829 §5.3.1); libwebrtc answers {@code a=inactive} instead, and can then take no video in its
     * place later on. So the lines are made what they should be; where they are, nothing changes.
     */
    static String refuseVideo(String answer) {
        List<String> sections = sections(answer);
        List<String> refused = new ArrayList<>();
        StringBuilder rest = new StringBuilder();
        for (String section : sections.subList(1, sections.size())) {
            if (isLiveVideo(section)) {
                refused.add(value(section, "a=mid:"));
                section = section.replaceFirst("^m=video \\d+ ", "m=video 0 ");
            }
            rest.append(section);
        }
        return withoutMids(sections.get(0), refused) + rest;
    }

    /** The session's own lines, then one text for each m-line; never empty. */
    private static List<String> sections(String sdp) {
        List<String> sections = new ArrayList<>();
        int from = 0;
        for (int at = sdp.indexOf("\nm="); at >= 0; at = sdp.indexOf("\nm=", at + 1)) {
            sections.add(sdp.substring(from, at + 1));
            from = at + 1;
        }
        sections.add(sdp.substring(from));
        return sections;
    }

    private static boolean isLiveVideo(String section) {
        return section.startsWith(VIDEO) && !section.startsWith(VIDEO + "0 ");
    }

    private static boolean flows(String from, String to) {
        List<String> senders = sections(from);
        List<String> receivers = sections(to);
        for (int i = 0; i < Math.min(senders.size(), receivers.size()); i++) {
            if (isLiveVideo(senders.get(i)) && isLiveVideo(receivers.get(i))
                    && has(senders.get(i), "sendonly") && has(receivers.get(i), "recvonly")) {
                return true;
            }
        }
        return false;
    }

    /**
     * The section allows this direction, alone or with the other; without a word it allows both.
     */
    private static boolean has(String section, String direction) {
        for (String line : section.split("\r?\n")) {
            switch (line) {
                case "a=sendrecv":
                    return true;
                case "a=sendonly":
                case "a=recvonly":
                case "a=inactive":
                    return line.equals("a=" + direction);
                default:
                    break;
            }
        }
        return true;
    }

    private static String value(String text, String prefix) {
        for (String line : text.split("\r?\n")) {
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length()).trim();
            }
        }
        return "";
    }

    private static String withoutMids(String session, List<String> mids) {
        StringBuilder kept = new StringBuilder();
        for (String line : session.split("(?<=\n)")) {
            if (!line.startsWith(BUNDLE)) {
                kept.append(line);
                continue;
            }
            StringBuilder group = new StringBuilder(BUNDLE.trim());
            for (String mid : line.trim().substring(BUNDLE.trim().length()).trim().split(" ")) {
                if (!mids.contains(mid)) {
                    group.append(' ').append(mid);
                }
            }
            kept.append(group).append(line.endsWith("\r\n") ? "\r\n" : "\n");
        }
        return kept.toString();
    }
}
