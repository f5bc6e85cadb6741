package org.zvonok.compat.fpwcsapi.session;

import java.util.ArrayList;
import java.util.List;

/** The digits of a text that somebody typed, in parts that can be sent at once. */
final class DtmfText {
    private static final String DIGITS = "0123456789*#ABCDabcd";
    private static final int MAX_PART = 64;

    private DtmfText() {
    }

    /** Never null; empty where {@code text} has no digit. */
    static List<String> split(String text) {
        StringBuilder digits = new StringBuilder();
        for (int i = 0; text != null && i < text.length(); i++) {
            if (DIGITS.indexOf(text.charAt(i)) >= 0) {
                digits.append(text.charAt(i));
            }
        }
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < digits.length(); i += MAX_PART) {
            parts.add(digits.substring(i, Math.min(digits.length(), i + MAX_PART)));
        }
        return parts;
    }
}
