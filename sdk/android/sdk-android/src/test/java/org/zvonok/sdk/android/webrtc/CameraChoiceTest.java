package org.zvonok.sdk.android.webrtc;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import org.junit.Test;
import org.zvonok.sdk.android.CameraFacing;

public class CameraChoiceTest {
    private static String choose(CameraFacing wanted, String... names) {
        return CameraChoice.choose(names, name -> name.startsWith("front"), wanted);
    }

    @Test
    public void theFirstThatLooksTheRightWay() {
        assertEquals("front1", choose(CameraFacing.FRONT, "back1", "front1", "front2"));
        assertEquals("back1", choose(CameraFacing.BACK, "front1", "back1", "back2"));
    }

    @Test
    public void anyIsBetterThanNone() {
        assertEquals("back1", choose(CameraFacing.FRONT, "back1"));
        assertEquals("front1", choose(CameraFacing.BACK, "front1"));
        assertNull(choose(CameraFacing.FRONT));
    }
}
