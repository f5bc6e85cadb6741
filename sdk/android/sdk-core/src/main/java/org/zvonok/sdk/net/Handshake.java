package org.zvonok.sdk.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** How HTTP becomes a WebSocket, RFC 6455 §4: our request, and whether the answer to it agrees. */
final class Handshake {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int MAX_ANSWER_BYTES = 16_384;

    private final URI uri;
    private final String key;

    Handshake(URI uri, SecureRandom random) {
        this.uri = uri;
        byte[] nonce = new byte[16];
        random.nextBytes(nonce);
        key = Base64.getEncoder().encodeToString(nonce);
    }

    byte[] request() {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/"
                : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String request = "GET " + path + query + " HTTP/1.1\r\n"
                + "Host: " + uri.getHost() + port + "\r\n"
                + "Upgrade: websocket\r\n"
                + "Connection: Upgrade\r\n"
                + "Sec-WebSocket-Key: " + key + "\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n";
        return request.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads no byte beyond the answer. Throws, with a sentence, when it does not agree. */
    void readAnswer(InputStream in) throws IOException {
        String[] lines = readHead(in).split("\r\n");
        String[] status = lines[0].split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new Refusal("The server does not speak HTTP.");
        }
        if (!status[1].equals("101")) {
            throw new Refusal("The server answered with HTTP status " + status[1]
                    + " in place of a WebSocket.");
        }
        Map<String, String> headers = readHeaders(lines);
        if (!"websocket".equalsIgnoreCase(headers.get("upgrade"))
                || !hasToken(headers.get("connection"), "upgrade")
                || !accept(key).equals(headers.get("sec-websocket-accept"))
                || headers.containsKey("sec-websocket-extensions")
                || headers.containsKey("sec-websocket-protocol")) {
            throw new Refusal("The server's answer is not that of a WebSocket.");
        }
    }

    private static Map<String, String> readHeaders(String[] lines) {
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.put(lines[i].substring(0, colon).trim().toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).trim());
            }
        }
        return headers;
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new Refusal("The server closed the connection without an answer.");
            }
            if (head.length() >= MAX_ANSWER_BYTES) {
                throw new Refusal("The server's answer is too long.");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static boolean hasToken(String list, String token) {
        if (list != null) {
            for (String one : list.split(",")) {
                if (one.trim().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            byte[] digest = sha1.digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** The other side is no WebSocket server, or does not want us. */
    static final class Refusal extends IOException {
        private static final long serialVersionUID = 1;

        Refusal(String sentence) {
            super(sentence);
        }
    }
}
