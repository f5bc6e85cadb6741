package org.zvonok.sdk.net;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A whole message, or a control frame: what {@link FrameReader} gives. */
final class Frame {
    static final int CONTINUATION = 0x0;
    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xa;

    /** RFC 6455 §7.1.5: the frame had no code. */
    static final int NO_CODE = 1005;

    final int opcode;
    final byte[] payload;

    Frame(int opcode, byte[] payload) {
        this.opcode = opcode;
        this.payload = payload;
    }

    String text() throws Violation {
        return decode(ByteBuffer.wrap(payload));
    }

    /** The code of a close frame. */
    int closeCode() throws Violation {
        if (payload.length == 0) {
            return NO_CODE;
        }
        if (payload.length == 1) {
            throw new Violation(Violation.PROTOCOL, "a close frame with half a code");
        }
        int code = (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        if (!isSendable(code)) {
            throw new Violation(Violation.PROTOCOL, "a close frame with the code " + code);
        }
        return code;
    }

    String closeReason() throws Violation {
        return payload.length <= 2 ? ""
                : decode(ByteBuffer.wrap(payload, 2, payload.length - 2));
    }

    /** RFC 6455 §7.4: 1004 to 1006 and 1015 never travel. */
    static boolean isSendable(int code) {
        return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)
                || code >= 3000 && code <= 4999;
    }

    private static String decode(ByteBuffer bytes) throws Violation {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new Violation(Violation.NO_UTF8, "a text that is no UTF-8");
        }
    }
}
