package org.zvonok.compat.fpwcsapi.session;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

/** What of a typed text is sent as digits. */
public final class DtmfTextTest {
    @Test
    public void digitsStayAsTheyAre() {
        assertEquals(List.of("0123456789*#ABCDabcd"), DtmfText.split("0123456789*#ABCDabcd"));
    }

    @Test
    public void whatIsNoDigitIsPassedOver() {
        assertEquals(List.of("123"), DtmfText.split(" 1-2\n3e"));
        assertEquals(List.of(), DtmfText.split("x y"));
        assertEquals(List.of(), DtmfText.split(""));
        assertEquals(List.of(), DtmfText.split(null));
    }

    @Test
    public void aLongTextIsSentInParts() {
        assertEquals(List.of("1".repeat(64), "1"), DtmfText.split("1".repeat(65)));
    }
}
