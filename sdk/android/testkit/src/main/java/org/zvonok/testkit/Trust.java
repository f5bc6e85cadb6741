package org.zvonok.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS that trusts what one file names, and nobody else. */
public final class Trust {
    private Trust() {}

    /**
     * For one client or many.
     *
     * @param authorities the file, with certificates as PEM
     * @return for {@code WebSocketTransports}
     * @throws IOException the file cannot be read
     * @throws GeneralSecurityException it holds no certificate
     */
    public static SSLContext of(Path authorities) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(authorities)) {
            CertificateFactory reader = CertificateFactory.getInstance("X.509");
            for (Certificate one : reader.generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + store.size(), one);
            }
        }
        String algorithm = TrustManagerFactory.getDefaultAlgorithm();
        TrustManagerFactory managers = TrustManagerFactory.getInstance(algorithm);
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
