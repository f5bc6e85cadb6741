package org.zvonok.sdk.net;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** Makes the frames of a client, RFC 6455 §5: whole, and masked by what nobody can foresee. */
final class FrameWriter {
    private static final int MAX_REASON_BYTES = 123;

    private final SecureRandom random;

    FrameWriter(SecureRandom random) {
        this.random = random;
    }

    byte[] text(String text) {
        return frame(Frame.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] pong(byte[] payload) {
        return frame(Frame.PONG, payload);
    }

    /** A reason that is too long is left out. */
    byte[] close(int code, String reason) {
        byte[] words = reason.getBytes(StandardCharsets.UTF_8);
        int length = words.length > MAX_REASON_BYTES ? 0 : words.length;
        byte[] payload = new byte[2 + length];
        payload[0] = (byte) (code >> 8);
        payload[1] = (byte) code;
        System.arraycopy(words, 0, payload, 2, length);
        return frame(Frame.CLOSE, payload);
    }

    private byte[] frame(int opcode, byte[] payload) {
        byte[] mask = new byte[4];
        random.nextBytes(mask);
        int lengthBytes = payload.length < 126 ? 0 : payload.length <= 0xffff ? 2 : 8;
        byte[] frame = new byte[2 + lengthBytes + 4 + payload.length];
        frame[0] = (byte) (0x80 | opcode);
        int length = lengthBytes == 0 ? payload.length : lengthBytes == 2 ? 126 : 127;
        frame[1] = (byte) (0x80 | length);
        for (int i = 0; i < lengthBytes; i++) {
            frame[1 + lengthBytes - i] = (byte) ((long) payload.length >> 8 * i);
        }
        int at = 2 + lengthBytes;
        System.arraycopy(mask, 0, frame, at, 4);
        for (int i = 0; i < payload.length; i++) {
            frame[at + 4 + i] = (byte) (payload[i] ^ mask[i & 3]);
        }
        return frame;
    }
}
