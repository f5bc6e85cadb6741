package org.zvonok.sdk.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ServerSocketFactory;

/** A server for one client, which does what the test says, byte by byte. */
final class TestServer implements AutoCloseable {
    /** What a client has sent. */
    static final class Seen {
        final int opcode;
        final boolean masked;
        final byte[] payload;

        Seen(int opcode, boolean masked, byte[] payload) {
            this.opcode = opcode;
            this.masked = masked;
            this.payload = payload;
        }

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        int code() {
            return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        }
    }

    private final ServerSocket server;
    private Socket socket;
    private DataInputStream in;
    private OutputStream out;
    private String request = "";

    TestServer() throws IOException {
        this(ServerSocketFactory.getDefault());
    }

    TestServer(ServerSocketFactory factory) throws IOException {
        server = factory.createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    }

    int port() {
        return server.getLocalPort();
    }

    String url() {
        return "ws://127.0.0.1:" + port();
    }

    /** The client is there; its request was read. */
    TestServer accept() throws IOException {
        socket = server.accept();
        socket.setSoTimeout(10_000);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        request = head.toString();
        return this;
    }

    Socket socket() {
        return socket;
    }

    String request() {
        return request;
    }

    TestServer upgrade() throws IOException {
        String key = request.replaceAll("(?s).*Sec-WebSocket-Key: (\\S+).*", "$1");
        return write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
                + "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: "
                + Handshake.accept(key) + "\r\n\r\n");
    }

    TestServer write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return this;
    }

    /** A frame; `first` is its first byte, with FIN as the test wants it. */
    TestServer frame(int first, byte[] payload) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(payload.length);
        } else if (payload.length <= 0xffff) {
            frame.write(126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(127);
            for (int i = 7; i >= 0; i--) {
                frame.write((int) ((long) payload.length >> 8 * i));
            }
        }
        frame.write(payload);
        return raw(frame.toByteArray());
    }

    TestServer text(String text) throws IOException {
        return frame(0x81, text.getBytes(StandardCharsets.UTF_8));
    }

    TestServer raw(byte... bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /** What the client sends next; fails after 10 s. */
    Seen read() throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        int second = in.readUnsignedByte();
        long length = second & 0x7f;
        length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
        byte[] mask = new byte[4];
        boolean masked = (second & 0x80) != 0;
        if (masked) {
            in.readFully(mask);
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return new Seen(opcode, masked, payload);
    }

    /** True once the client has closed the TCP connection. */
    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (socket != null) {
            socket.close();
        }
    }
}
