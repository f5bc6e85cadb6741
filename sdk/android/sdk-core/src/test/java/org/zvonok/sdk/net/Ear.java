package org.zvonok.sdk.net;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.Transport;

/** Hears what a socket tells, and waits for it. */
final class Ear implements Transport.Listener {
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();

    @Override
    public void onOpen() {
        heard.add("open");
    }

    @Override
    public void onText(String text) {
        heard.add("text " + text);
    }

    @Override
    public void onClosed(int code, String reason) {
        heard.add("closed " + code + " " + reason);
    }

    @Override
    public void onFailed(SdkError error) {
        heard.add(error);
    }

    Object next() throws InterruptedException {
        Object next = heard.poll(20, TimeUnit.SECONDS);
        assertNotNull("nothing was told", next);
        return next;
    }

    void expect(String event) throws InterruptedException {
        assertEquals(event, next());
    }

    SdkError failure() throws InterruptedException {
        return (SdkError) next();
    }

    boolean isEmpty() {
        return heard.isEmpty();
    }
}
