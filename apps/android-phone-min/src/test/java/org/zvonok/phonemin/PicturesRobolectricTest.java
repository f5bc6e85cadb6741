package org.zvonok.phonemin;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.util.Collections;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/**
 * Paints the screen in the states and settings in which it is seen, and lets Google's accessibility
 * checks look at each. Whoever changes the screen looks at the pictures in target/pictures, of which
 * those in docs/screenshots are copies.
 */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35}, application = TestPhoneApp.class, qualifiers = "w360dp-h720dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
public class PicturesRobolectricTest {
    private static final String LANDSCAPE = "w720dp-h360dp-land-xhdpi";

    @Test
    public void day() throws IOException {
        try (Screen screen = new Screen()) {
            check(screen, "day");
        }
    }

    @Test
    @Config(qualifiers = "+night")
    public void night() throws IOException {
        try (Screen screen = new Screen()) {
            screen.register();
            check(screen, "night");
        }
    }

    @Test
    @Config(qualifiers = LANDSCAPE)
    public void landscape() throws IOException {
        try (Screen screen = new Screen()) {
            check(screen, "landscape");
        }
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-w360dp-h720dp-xhdpi", fontScale = 1.5f)
    public void rightToLeftInLargeType() throws IOException {
        try (Screen screen = new Screen()) {
            screen.register();
            check(screen, "rtl");
            Picture.scrollTo(screen.activity(), R.id.callee);
            check(screen, "rtl-call");
        }
    }

    @Test
    @Config(qualifiers = "ru-w360dp-h720dp-xhdpi", fontScale = 1.3f)
    public void russian() throws IOException {
        try (Screen screen = new Screen()) {
            screen.talk();
            Picture.scrollTo(screen.activity(), R.id.speaker_phone);
            check(screen, "russian");
        }
    }

    @Test
    public void inACall() throws IOException {
        try (Screen screen = new Screen()) {
            screen.talk();
            Picture.scrollTo(screen.activity(), R.id.callee);
            check(screen, "call");
        }
    }

    @Test
    @Config(qualifiers = "+night")
    public void inACallByNight() throws IOException {
        try (Screen screen = new Screen()) {
            screen.talk();
            Picture.scrollTo(screen.activity(), R.id.callee);
            check(screen, "call-night");
        }
    }

    @Test
    public void afterAFailure() throws IOException {
        try (Screen screen = new Screen()) {
            screen.allowMicrophone().register().press(R.id.call);
            screen.gateway.ends(screen.gateway.dialled(), "finish", "FAILED", "no_common_codec",
                    "the two sides have no codec in common",
                    "enable opus, G.722, PCMU or PCMA on the far end");
            Screen.settle();
            Picture.scrollTo(screen.activity(), R.id.callee);
            check(screen, "failed");
        }
    }

    @Test
    public void afterARefusedAccount() throws IOException {
        try (Screen screen = new Screen()) {
            screen.fillIn().type(R.id.sip_login, "Ralf C12441").press(R.id.connect);
            check(screen, "refused");
        }
    }

    @Test
    public void anIncomingCall() throws IOException {
        try (Screen screen = new Screen()) {
            screen.ring();
            new Picture(screen.activity()).withDialog(screen.dialog()).keep("incoming");
            assertEquals(Collections.emptyList(), Picture.faultsOf(screen.dialog()));
        }
    }

    private static void check(Screen screen, String name) throws IOException {
        Screen.settle();
        Picture picture = new Picture(screen.activity()).keep(name);
        assertEquals(Collections.emptyList(), picture.faults());
        assertEquals(Collections.emptyList(), picture.cutTexts());
    }
}
