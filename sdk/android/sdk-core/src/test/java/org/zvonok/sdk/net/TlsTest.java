package org.zvonok.sdk.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.zvonok.sdk.ErrorCode;
import org.zvonok.sdk.spi.Transport;

/** The WebSocket client over TLS: whom it trusts, and which name it says and checks. */
public class TlsTest {
    @ClassRule
    public static final TemporaryFolder FOLDER = new TemporaryFolder();

    private static final char[] PASSWORD = "password".toCharArray();
    private static SSLContext context;

    /** A certificate for localhost that its own context trusts, and nobody else. */
    @BeforeClass
    public static void makeCertificate() throws Exception {
        File file = new File(FOLDER.getRoot(), "server.p12");
        String keytool = System.getProperty("java.home") + "/bin/keytool";
        Process process = new ProcessBuilder(keytool, "-genkeypair", "-alias", "server", "-keyalg",
                "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-validity", "2",
                "-storetype", "PKCS12", "-keystore", file.getPath(), "-storepass",
                new String(PASSWORD)).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertEquals("keytool failed", 0, process.waitFor());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file.toPath())) {
            store.load(in, PASSWORD);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", store.getCertificate("server"));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, PASSWORD);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    }

    private final Ear ear = new Ear();

    private static TestServer serve() throws IOException {
        return new TestServer(context.getServerSocketFactory());
    }

    @Test
    public void aTrustedServerIsTalkedToByItsName() throws Exception {
        try (TestServer server = serve()) {
            Transport socket = WebSocketTransports.builder().sslContext(context).build()
                    .open("wss://localhost:" + server.port(), ear);
            server.accept().upgrade();
            ear.expect("open");
            List<SNIServerName> names = ((ExtendedSSLSession) ((SSLSocket) server.socket())
                    .getSession()).getRequestedServerNames();
            assertFalse("no name was said", names.isEmpty());
            socket.send("secret");
            assertEquals("secret", server.read().text());
            socket.close(1000, "");
            assertEquals(1000, server.read().code());
        }
    }

    @Test
    public void anUnknownAuthorityIsNotTrusted() throws Exception {
        expectMistrust(WebSocketTransports.create(), "localhost");
    }

    @Test
    public void aCertificateOfAnotherNameIsNotTrusted() throws Exception {
        expectMistrust(WebSocketTransports.builder().sslContext(context).build(), "127.0.0.1");
    }

    private void expectMistrust(WebSocketTransports transports, String host) throws Exception {
        try (TestServer server = serve()) {
            transports.open("wss://" + host + ":" + server.port(), ear);
            try {
                server.accept();
            } catch (IOException expected) {
                assertEquals(ErrorCode.TLS_UNTRUSTED, ear.failure().getCode());
                return;
            }
            throw new AssertionError("the client has sent its request to a stranger");
        }
    }

    @Test
    public void aServerWithoutTlsIsUnreachable() throws Exception {
        try (TestServer server = new TestServer()) {
            WebSocketTransports.builder().connectTimeoutMillis(1_000).build()
                    .open("wss://localhost:" + server.port(), ear);
            Threads.start("plain", () -> {
                try {
                    server.accept();
                } catch (IOException e) {
                    return; // the client hung up
                }
            });
            assertEquals("gateway_unreachable", ear.failure().getCause());
        }
    }
}
