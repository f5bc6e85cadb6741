package org.zvonok.sdk.android.audio;

import static org.junit.Assert.assertEquals;

import org.junit.Test;
import org.zvonok.sdk.android.audio.RouteAttempt.Step;

public class RouteAttemptTest {
    private final RouteAttempt attempt = new RouteAttempt();
    private long now = 1_000;

    private Step look(AudioRoute route, boolean isThere) {
        return attempt.look(route, isThere, now);
    }

    private void patience() {
        now += RouteAttempt.PATIENCE_MILLIS;
    }

    @Test
    public void aRouteIsSetOnceAndGivenTime() {
        assertEquals(Step.SET, look(AudioRoute.BLUETOOTH, false));
        now += RouteAttempt.PATIENCE_MILLIS - 1;
        assertEquals(Step.NOTHING, look(AudioRoute.BLUETOOTH, false));
        assertEquals(Step.NOTHING, look(AudioRoute.BLUETOOTH, true));
    }

    @Test
    public void itIsTriedAFewTimesAndThenGivenUpOnce() {
        for (int i = 0; i < RouteAttempt.TRIES; i++) {
            assertEquals("try " + i, Step.SET, look(AudioRoute.BLUETOOTH, false));
            patience();
        }
        assertEquals(Step.GIVE_UP, look(AudioRoute.BLUETOOTH, false));
        patience();
        assertEquals("said once", Step.NOTHING, look(AudioRoute.BLUETOOTH, false));
        assertEquals("another route", Step.SET, look(AudioRoute.SPEAKER, false));
        assertEquals("and back", Step.SET, look(AudioRoute.BLUETOOTH, false));
    }

    @Test
    public void aRouteThatWasTakenAwayIsSetAgainAtOnce() {
        look(AudioRoute.SPEAKER, false);
        look(AudioRoute.SPEAKER, true);
        assertEquals(Step.SET, look(AudioRoute.SPEAKER, false));
    }

    @Test
    public void aNewBeginningTriesAnew() {
        look(AudioRoute.SPEAKER, false);
        attempt.reset();
        assertEquals(Step.SET, look(AudioRoute.SPEAKER, false));
    }
}
