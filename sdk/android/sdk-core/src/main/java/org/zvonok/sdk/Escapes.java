package org.zvonok.sdk;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Escapes of SIP addresses: {@code %41}, or several for one character: {@code %D0%AF}. */
final class Escapes {
    private static final int MOST_BYTES = 4;

    private Escapes() {
    }

    /**
     * The length of the escapes at `at` that stand for one character and no control; 0: none do.
     */
    static int lengthAt(String text, int at) {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        int end = at;
        while (bytes.hasRemaining() && isEscape(text, end)) {
            int value = Integer.parseInt(text.substring(end + 1, end + 3), 16);
            if (value < ' ' || value == 0x7f) {
                return 0;
            }
            bytes.put((byte) value);
            end += 3;
            if (isText(bytes)) {
                return end - at;
            }
        }
        return 0;
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length() && text.charAt(at) == '%'
                && Character.digit(text.charAt(at + 1), 16) >= 0 && text.charAt(at + 1) < 0x80
                && Character.digit(text.charAt(at + 2), 16) >= 0 && text.charAt(at + 2) < 0x80;
    }

    private static boolean isText(ByteBuffer bytes) {
        ByteBuffer copy = bytes.duplicate();
        copy.rewind();
        copy.limit(bytes.position());
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(copy).length() > 0;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
