package org.zvonok.sdk;

/** What a session description says about the picture. */
final class SdpVideo {
    private SdpVideo() {
    }

    /** It has a picture that is neither refused (port 0) nor asleep. */
    static boolean isTaken(String sdp) {
        for (String section : sdp.split("(?m)^(?=m=)")) {
            if (section.startsWith("m=video ") && !section.startsWith("m=video 0 ")
                    && !section.contains("a=inactive")) {
                return true;
            }
        }
        return false;
    }
}
