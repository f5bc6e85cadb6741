package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

/** Every cause has a kind, and every kind that is a fault a sentence. */
public class ErrorTest {
    @Test
    public void everyCauseOfTheTableHasAKind() {
        assertTrue(CauseTable.all().size() > 70);
        for (CauseTable.Row row : CauseTable.all().values()) {
            assertTrue("CauseCodes has no code for " + row.name, CauseCodes.knows(row.name));
            SdkError error = SdkError.of(row.name);
            assertEquals(row.sentence, error.getSentence());
            assertFalse(row.name, error.getSentence().isEmpty());
            assertEquals(row.name, error.getCode().isRetryable(), error.isRetryable());
        }
    }

    @Test
    public void aCauseOfALaterGatewayKeepsItsName() {
        SdkError error = SdkError.builder("moon_phase").sentence("The moon is wrong.").build();
        assertEquals("moon_phase", error.getCause());
        assertEquals("The moon is wrong.", error.getSentence());
        assertEquals(ErrorCode.GATEWAY_FAILED, error.getCode());
        assertEquals(ErrorCode.SIP_SERVER, CauseCodes.codeOf("moon_phase", "sip_server"));
    }

    @Test
    public void aNormalEndIsNoError() {
        CallEnd end = new CallEnd(CallEnd.Kind.FINISHED, SdkError.of("normal"), true);
        assertNull(end.getError());
        assertEquals("The call was hung up.", end.getText());
        CallEnd busy = new CallEnd(CallEnd.Kind.BUSY, SdkError.of("busy"), false);
        assertEquals(ErrorCode.SIP_BUSY, busy.getError().getCode());
    }

    @Test
    public void theCodesOfVerdictsAreThere() {
        assertEquals("ok", VerdictTable.CODES.get(0));
        assertTrue(VerdictTable.CODES.contains("wrong_source"));
    }
}
