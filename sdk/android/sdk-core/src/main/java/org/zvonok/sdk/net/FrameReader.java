package org.zvonok.sdk.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads what a server sends, RFC 6455 §5: pieces become whole messages, control frames may stand
 * between the pieces. Nothing is allocated for a length before it was found small enough.
 */
final class FrameReader {
    private static final int MAX_CONTROL_BYTES = 125;

    private final DataInputStream in;
    private final int maxBytes;
    /** The message whose end has not come; null: none is under way. */
    private ByteArrayOutputStream pieces;
    private int opcode;

    FrameReader(InputStream in, int maxBytes) {
        this.in = new DataInputStream(in);
        this.maxBytes = maxBytes;
    }

    /** The next message or control frame; EOFException: the connection has ended. */
    Frame next() throws IOException {
        while (true) {
            int first = in.readUnsignedByte();
            boolean isLast = (first & 0x80) != 0;
            int code = first & 0x0f;
            if ((first & 0x70) != 0) {
                throw new Violation(Violation.PROTOCOL, "a frame with reserved bits");
            }
            byte[] payload = new byte[readLength(code, isLast)];
            in.readFully(payload);
            if (code >= Frame.CLOSE) {
                return new Frame(code, payload);
            }
            Frame whole = add(code, isLast, payload);
            if (whole != null) {
                return whole;
            }
        }
    }

    private int readLength(int code, boolean isLast) throws IOException {
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new Violation(Violation.PROTOCOL, "a masked frame of a server");
        }
        long length = second & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        if (code >= Frame.CLOSE) {
            if (!isLast || length > MAX_CONTROL_BYTES || code > Frame.PONG) {
                throw new Violation(Violation.PROTOCOL, "a control frame that is none");
            }
        } else if (code > Frame.BINARY) {
            throw new Violation(Violation.PROTOCOL, "a frame of unknown kind");
        } else if (length < 0 || length > maxBytes - (pieces == null ? 0 : pieces.size())) {
            throw new Violation(Violation.TOO_BIG, "a message of more than " + maxBytes + " bytes");
        }
        return (int) length;
    }

    /** Null: more pieces follow. */
    private Frame add(int code, boolean isLast, byte[] payload) throws Violation {
        boolean isFirst = code != Frame.CONTINUATION;
        if (isFirst != (pieces == null)) {
            throw new Violation(Violation.PROTOCOL, isFirst
                    ? "a message within another" : "a piece of no message");
        }
        if (isFirst && isLast) {
            return new Frame(code, payload);
        }
        if (isFirst) {
            pieces = new ByteArrayOutputStream();
            opcode = code;
        }
        pieces.write(payload, 0, payload.length);
        if (!isLast) {
            return null;
        }
        Frame whole = new Frame(opcode, pieces.toByteArray());
        pieces = null;
        return whole;
    }
}
