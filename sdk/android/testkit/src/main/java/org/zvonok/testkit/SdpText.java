package org.zvonok.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the engine reads and mends in session descriptions. */
final class SdpText {
    private static final Pattern UFRAG = Pattern.compile("^a=ice-ufrag:(\\S+)", Pattern.MULTILINE);
    private static final Pattern VIDEO = Pattern.compile("^m=video (?!0 )", Pattern.MULTILINE);
    private static final Pattern SECTION = Pattern.compile("(?m)^(?=m=)");
    private static final Pattern MID = Pattern.compile("^a=mid:(\\S+)", Pattern.MULTILINE);

    private SdpText() {}

    /** The first name by which ICE knows this end; all m-lines are bundled. */
    static String ufrag(String sdp) {
        return first(UFRAG, sdp);
    }

    /** There is an m-line of video that is not refused (by port 0: RFC 3264 §6). */
    static boolean offersVideo(String sdp) {
        return VIDEO.matcher(sdp).find();
    }

    /**
     * An answer with video refused by port 0 (RFC 3264 §6), out of the bundle. Set so, libwebrtc
     * stops what it has for that video; had that been stopped before, it would answer
     * {@code a=inactive} instead.
     */
    static String refuseVideo(String answer) {
        List<String> refused = new ArrayList<>();
        StringBuilder sdp = new StringBuilder();
        for (String section : SECTION.split(answer)) {
            if (section.startsWith("m=video ")) {
                refused.add(first(MID, section));
            }
            sdp.append(section.replaceFirst("^m=video \\d+ ", "m=video 0 "));
        }
        String text = sdp.toString();
        for (String mid : refused) {
            String member = "(?m)^(a=group:BUNDLE.*?) " + Pattern.quote(mid) + "\\b";
            text = text.replaceFirst(member, "$1");
        }
        return text;
    }

    private static String first(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        return found.find() ? found.group(1) : "";
    }
}
