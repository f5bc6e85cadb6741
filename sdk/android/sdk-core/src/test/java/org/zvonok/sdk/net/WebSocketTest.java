package org.zvonok.sdk.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import org.junit.After;
import org.junit.Test;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.Transport;

/** The WebSocket client against a real socket whose other end can misbehave. */
public class WebSocketTest {
    private final TestServer server;
    private final Ear ear = new Ear();
    private Transport socket;

    public WebSocketTest() throws IOException {
        server = new TestServer();
    }

    @After
    public void close() throws IOException {
        server.close();
        if (socket != null) {
            socket.close(1000, "");
        }
    }

    private void open() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        server.accept().upgrade();
        ear.expect("open");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    public void asksForTheRootAsAWebSocket() throws Exception {
        open();
        String request = server.request();
        assertTrue(request, request.startsWith("GET / HTTP/1.1\r\nHost: 127.0.0.1:"
                + server.port() + "\r\n"));
        assertFalse("no browser, no origin", request.contains("Origin"));
    }

    @Test
    public void textsGoBothWaysInAllSizes() throws Exception {
        open();
        int[] sizes = {0, 1, 125, 126, 65_535, 65_536, 200_000};
        byte[] lastMask = null;
        for (int size : sizes) {
            String text = String.join("", Collections.nCopies(size, "x")) + "ж";
            socket.send(text);
            TestServer.Seen seen = server.read();
            assertEquals(text, seen.text());
            assertTrue("a client masks", seen.masked);
            assertNotEquals(lastMask, seen.payload);
            server.text(text);
            ear.expect("text " + text);
        }
    }

    @Test
    public void piecesBecomeOneTextAlsoAroundAPing() throws Exception {
        open();
        byte[] letter = bytes("ж"); // split within a character
        server.frame(0x01, bytes("one ")).frame(0x89, bytes("hi"))
                .frame(0x00, new byte[] {letter[0]}).frame(0x80, new byte[] {letter[1]});
        ear.expect("text one ж");
        TestServer.Seen pong = server.read();
        assertEquals(Frame.PONG, pong.opcode);
        assertEquals("hi", pong.text());
    }

    @Test
    public void whatIsSentBeforeTheSocketIsOpenGoesOutFirst() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        socket.send("early");
        server.accept().upgrade();
        assertEquals("early", server.read().text());
    }

    @Test
    public void ourGoodByeCarriesItsCodeAndEndsTheTalk() throws Exception {
        open();
        socket.send("last");
        socket.close(4000, "moving on");
        socket.send("too late");
        assertEquals("last", server.read().text());
        TestServer.Seen close = server.read();
        assertEquals(Frame.CLOSE, close.opcode);
        assertEquals(4000, close.code());
        server.text("nobody listens").frame(0x88, new byte[] {0x0f, (byte) 0xa0});
        assertTrue(server.isAtEnd());
        assertTrue("told after close", ear.isEmpty());
    }

    @Test
    public void aServerThatNeverAnswersTheGoodByeIsLeft() throws Exception {
        open();
        socket.close(1000, "");
        assertEquals(1000, server.read().code());
        assertTrue(server.isAtEnd());
    }

    @Test
    public void theServersGoodByeIsToldAndAnswered() throws Exception {
        open();
        server.frame(0x88, new byte[] {0x03, (byte) 0xe9, 'b', 'y', 'e'});
        ear.expect("closed 1001 bye");
        assertEquals(1001, server.read().code());
        assertTrue(server.isAtEnd());
    }

    @Test
    public void aCutConnectionIsTold() throws Exception {
        open();
        server.socket().close();
        ear.expect("closed 1006 ");
    }

    private void violate(int code, byte... bytes) throws Exception {
        open();
        server.raw(bytes);
        String told = (String) ear.next();
        assertTrue(told, told.startsWith("closed " + code));
        assertEquals(code, server.read().code());
    }

    @Test
    public void aMaskedFrameOfAServerIsAViolation() throws Exception {
        violate(1002, (byte) 0x81, (byte) 0x81, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 'x');
    }

    @Test
    public void reservedBitsAreAViolation() throws Exception {
        violate(1002, (byte) 0xc1, (byte) 0);
    }

    @Test
    public void aPieceOfNothingIsAViolation() throws Exception {
        violate(1002, (byte) 0x80, (byte) 0);
    }

    @Test
    public void aMessageWithinAnotherIsAViolation() throws Exception {
        violate(1002, (byte) 0x01, (byte) 0, (byte) 0x81, (byte) 0);
    }

    @Test
    public void anUnknownFrameIsAViolation() throws Exception {
        violate(1002, (byte) 0x83, (byte) 0);
    }

    @Test
    public void aControlFrameInPiecesIsAViolation() throws Exception {
        violate(1002, (byte) 0x09, (byte) 0);
    }

    @Test
    public void aCloseCodeThatNeverTravelsIsAViolation() throws Exception {
        violate(1002, (byte) 0x88, (byte) 2, (byte) 0x03, (byte) 0xed);
    }

    @Test
    public void aBinaryMessageIsNotTaken() throws Exception {
        violate(1003, (byte) 0x82, (byte) 1, (byte) 0);
    }

    @Test
    public void aTextThatIsNoUtf8IsNotTaken() throws Exception {
        violate(1007, (byte) 0x81, (byte) 1, (byte) 0xff);
    }

    @Test
    public void aMessageThatIsTooLongIsRefusedByItsLength() throws Exception {
        violate(1009, (byte) 0x81, (byte) 127, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0,
                (byte) 0, (byte) 0, (byte) 0);
    }

    @Test
    public void aNegativeLengthIsRefused() throws Exception {
        violate(1009, (byte) 0x81, (byte) 127, (byte) 0xff, (byte) 0, (byte) 0, (byte) 0, (byte) 0,
                (byte) 0, (byte) 0, (byte) 0);
    }

    @Test
    public void nobodyAtThatPort() throws Exception {
        ServerSocket gone = new ServerSocket(0);
        int port = gone.getLocalPort();
        gone.close();
        socket = WebSocketTransports.create().open("ws://127.0.0.1:" + port, ear);
        SdkError error = ear.failure();
        assertEquals("gateway_unreachable", error.getCause());
        assertEquals("url", error.getField());
    }

    @Test
    public void aRefusalByHttpIsNamed() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        server.accept().write("HTTP/1.1 403 Forbidden\r\n\r\n");
        assertEquals("The server answered with HTTP status 403 in place of a WebSocket.",
                ear.failure().getSentence());
    }

    @Test
    public void anAnswerToAnotherKeyIsNone() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        server.accept().write("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: AAAA\r\n\r\n");
        assertEquals("gateway_unreachable", ear.failure().getCause());
    }

    @Test
    public void anAnswerWithoutEndIsNotReadForEver() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        server.accept();
        char[] many = new char[20_000];
        Arrays.fill(many, 'a');
        server.write("HTTP/1.1 101 Yes\r\n" + new String(many));
        assertEquals("The server's answer is too long.", ear.failure().getSentence());
    }

    @Test
    public void aServerThatSaysNothingIsGivenUp() throws Exception {
        socket = WebSocketTransports.builder().connectTimeoutMillis(300).build()
                .open(server.url(), ear);
        server.accept();
        assertEquals("gateway_unreachable", ear.failure().getCause());
        assertTrue(server.isAtEnd());
    }

    @Test
    public void closingWhileItConnectsTellsNothing() throws Exception {
        socket = WebSocketTransports.create().open(server.url(), ear);
        server.accept();
        socket.close(1000, "");
        assertTrue(server.isAtEnd());
        assertTrue(ear.isEmpty());
    }

    @Test
    public void aServerThatReadsNothingIsCutAndNobodyBlocks() throws Exception {
        open();
        String much = String.join("", Collections.nCopies(100_000, "x"));
        for (int i = 0; i < 1_000; i++) {
            socket.send(much);
        }
        ear.expect("closed 1006 ");
    }

    @Test
    public void passwordsDoNotTravelReadable() {
        WebSocketTransports transports = WebSocketTransports.create();
        for (String url : new String[] {"ws://gateway.example", "http://127.0.0.1", "gateway",
            "wss://", "wss://a b"}) {
            assertThrows(url, IllegalArgumentException.class, () -> transports.open(url, ear));
        }
    }

    @Test
    public void passwordsTravelReadableOnlyToAHostWhereThatIsAllowed() throws Exception {
        String host = "[::ffff:127.0.0.1]"; // this one, which its name does not say
        WebSocketTransports transports = WebSocketTransports.builder()
                .allowCleartext(host::equals).build();
        assertThrows(IllegalArgumentException.class,
                () -> transports.open("ws://gateway.example", ear));
        socket = transports.open("ws://" + host + ":" + server.port(), ear);
        server.accept().upgrade();
        ear.expect("open");
    }
}
