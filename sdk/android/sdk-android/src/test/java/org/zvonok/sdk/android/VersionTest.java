package org.zvonok.sdk.android;

import static org.junit.Assert.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.junit.Test;

public class VersionTest {
    @Test
    public void theVersionIsThatOfTheBuild() throws Exception {
        byte[] pom = Files.readAllBytes(Paths.get("../pom.xml"));
        assertTrue("Zvonok.VERSION is that of sdk/android/pom.xml",
                new String(pom, StandardCharsets.UTF_8)
                        .contains("<revision>" + Zvonok.version() + "</revision>"));
    }
}
