package org.zvonok.sdk;

import java.util.Locale;

/** Texts from outside: null is as good as empty. */
final class Texts {
    private Texts() {
    }

    static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    /**
     * The gateway's sentences come without capital and full stop, so that they fit into a log line.
     */
    static String sentence(String text) {
        String trimmed = text.trim();
        if (trimmed.isEmpty()) {
            return "";
        }
        String begun = trimmed.substring(0, 1).toUpperCase(Locale.ROOT) + trimmed.substring(1);
        return ".!?…".indexOf(begun.charAt(begun.length() - 1)) >= 0 ? begun : begun + ".";
    }
}
