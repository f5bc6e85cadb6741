package org.zvonok.phonemin;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Test;

/** What is promised about the code itself: the quick start compiles, and the sample stays small. */
public class PromisesTest {
    private static final Path QUICK_START =
            Paths.get("src/test/java/org/zvonok/quickstart/CallActivity.java");

    @Test
    public void theQuickStartOfTheReadmeIsCodeThatCompiles() throws IOException {
        String code = Files.readString(QUICK_START);
        String body = code.substring(code.indexOf("public class"));
        String readme = Files.readString(Paths.get("../../sdk/android/README.md"));
        assertTrue("sdk/android/README.md has another quick start than " + QUICK_START,
                readme.contains("```java\n" + body + "```\n"));
        assertTrue("forty lines", body.lines().count() <= 40);
    }

    /** Counted as what there is to read: without imports, comments and empty lines. */
    @Test
    public void theSampleHasFourHundredLines() throws IOException {
        long lines = 0;
        for (Path file : sources()) {
            lines += Files.readAllLines(file).stream()
                    .filter(line -> !line.matches("\\s*(//.*|/?\\*.*|(import|package) .*)?"))
                    .count();
        }
        assertTrue(lines + " lines", lines <= 400);
    }

    @Test
    public void itUsesThePublishedSurfaceAlone() throws IOException {
        for (Path file : sources()) {
            for (String line : Files.readAllLines(file)) {
                assertFalse(file + ": " + line,
                        line.matches("import org\\.zvonok\\.sdk\\.(spi|net|android\\.webrtc)\\..*"));
            }
        }
    }

    @Test
    public void thePresenterKnowsNothingOfAndroid() throws IOException {
        for (String name : List.of("PhonePresenter.java", "PhoneView.java")) {
            Path file = Paths.get("src/main/java/org/zvonok/phonemin", name);
            assertEquals(List.of(), Files.readAllLines(file).stream()
                    .filter(line -> line.contains("android.")).collect(Collectors.toList()));
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> all = Files.walk(Paths.get("src/main/java"))) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .collect(Collectors.toList());
        }
    }
}
