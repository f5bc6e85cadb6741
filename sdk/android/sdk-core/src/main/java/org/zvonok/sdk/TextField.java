package org.zvonok.sdk;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * A text field of an account: which characters it may hold, where the first offence stands, and the
 * sentence that says so. The words are those of the gateway, which judges the same fields again.
 */
final class TextField {
    private static final int MAX_SUGGESTION = 64;

    private final String name;
    private final String text;

    TextField(String name, String text) {
        this.name = name;
        this.text = text;
    }

    SdkError.Builder fault(String sentence) {
        return SdkError.builder("bad_account").field(name).sentence(sentence + ".");
    }

    /** Null: it is there. */
    SdkError missing() {
        return !text.isEmpty() ? null
                : fault(name + " is missing").remedy("Fill in " + name + ".").build();
    }

    /** Null: it is short enough. */
    SdkError tooLong(int most) {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return length <= most ? null
                : fault(name + " is " + length + " bytes long, at most " + most + " are allowed")
                        .remedy("Shorten it.").build();
    }

    /** Where the first character stands that is not allowed; -1: all are. */
    int firstOffence(IntPredicate isAllowed, boolean hasEscapes) {
        int at = 0;
        while (at < text.length()) {
            int escape = hasEscapes ? Escapes.lengthAt(text, at) : 0;
            int character = text.codePointAt(at);
            if (escape == 0 && !isAllowed.test(character)) {
                return at;
            }
            at += escape > 0 ? escape : Character.charCount(character);
        }
        return -1;
    }

    SdkError.Builder offence(int at) {
        int position = text.codePointCount(0, at) + 1;
        return fault(name + ": " + nameOf(at) + " at position " + position + " is not allowed");
    }

    private String nameOf(int at) {
        int character = text.codePointAt(at);
        if (character == ' ') {
            return "a blank";
        }
        if (character < ' ' || character == 0x7f) {
            return String.format(Locale.ROOT, "a control character (0x%02x)", character);
        }
        if (character == '%' && at + 2 < text.length()) {
            return "a \"%\" that begins no valid escape";
        }
        return "the character \"" + new String(Character.toChars(character)) + "\"";
    }

    /**
     * A value to try instead: each run of what is not allowed becomes one "_", none at the ends.
     */
    static String suggest(String text, IntPredicate isAllowed) {
        StringBuilder value = new StringBuilder();
        boolean isGap = false;
        for (int i = 0; i < text.length() && value.length() < MAX_SUGGESTION; i++) {
            char c = text.charAt(i);
            if (!isAllowed.test(c)) {
                isGap = true;
                continue;
            }
            if (isGap && value.length() > 0) {
                value.append('_');
            }
            isGap = false;
            value.append(c);
        }
        return value.toString();
    }
}
