package org.zvonok.sdk;

import java.util.Locale;

/** What can be sent as DTMF. */
final class Digits {
    private static final String ALL = "0123456789ABCD*#";

    private Digits() {
    }

    /** The digits in the protocol's spelling; throws when one is none. */
    static String check(String digits) {
        String upper = Texts.orEmpty(digits).toUpperCase(Locale.ROOT);
        if (upper.isEmpty() || upper.length() > Limits.MAX_DTMF) {
            throw new IllegalArgumentException(
                    "sendDtmf: 1 to " + Limits.MAX_DTMF + " digits can be sent at once");
        }
        for (int i = 0; i < upper.length(); i++) {
            if (!isDigit(upper.substring(i, i + 1))) {
                throw new IllegalArgumentException("sendDtmf: the character at position " + (i + 1)
                        + " is none of " + ALL);
            }
        }
        return upper;
    }

    static boolean isDigit(String text) {
        return text.length() == 1 && ALL.contains(text);
    }
}
