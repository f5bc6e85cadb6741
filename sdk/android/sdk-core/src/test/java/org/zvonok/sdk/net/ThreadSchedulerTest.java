package org.zvonok.sdk.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Test;

/** The thread that decides: in order, never two at once, and not stopped by work that throws. */
public class ThreadSchedulerTest {
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final ThreadScheduler scheduler =
            new ThreadScheduler((level, tag, text) -> log.add(text));
    private final BlockingQueue<String> done = new LinkedBlockingQueue<>();

    @After
    public void close() {
        scheduler.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String next() throws InterruptedException {
        return done.poll(20, TimeUnit.SECONDS);
    }

    @Test
    public void workRunsInTheOrderOfHandingOver() throws InterruptedException {
        for (int i = 0; i < 1_000; i++) {
            String name = "work " + i;
            scheduler.execute(() -> done.add(name + " " + Thread.currentThread().getName()));
        }
        for (int i = 0; i < 1_000; i++) {
            assertEquals("work " + i + " zvonok-sig", next());
        }
    }

    @Test
    public void whatWasCalledOffDoesNotRun() throws InterruptedException {
        CountDownLatch calledOff = new CountDownLatch(1);
        scheduler.execute(() -> await(calledOff));
        scheduler.schedule(() -> done.add("off"), 0).cancel();
        scheduler.schedule(() -> done.add("on"), 0);
        calledOff.countDown();
        assertEquals("on", next());
        assertTrue(done.isEmpty());
    }

    @Test
    public void workThatThrowsIsLoggedAndTheNextRuns() throws InterruptedException {
        scheduler.execute(() -> {
            throw new IllegalStateException("broken");
        });
        scheduler.execute(() -> done.add("next"));
        assertEquals("next", next());
        assertTrue(log.toString(), log.get(0).contains("broken"));
    }

    @Test
    public void afterItsEndWorkIsDropped() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        scheduler.execute(begun::countDown);
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        scheduler.close();
        scheduler.execute(() -> done.add("late"));
        scheduler.schedule(() -> done.add("later"), 1).cancel();
        assertTrue(done.isEmpty());
    }

    @Test
    public void itsClockGoesForward() {
        long before = scheduler.nowMillis();
        assertTrue(scheduler.nowMillis() >= before);
    }
}
