package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.Transport;

/**
 * One socket to the gateway. It is watched: when nothing is heard, the gateway is asked, then given
 * up. A link that has been closed or lost is deaf; a session that returns opens another.
 *
 * <p>The code of a socket's end is a message to the gateway: 1000 says good-bye, and with it
 * session and calls end. A socket that is given up says another one, since the network may be back
 * before the session is, and deliver it after all.
 */
final class Link {
    /** Who is told, on the scheduler's thread. */
    interface Events {
        void opened(Link link);

        void message(Link link, Received message);

        /** Once, and not after `close` or `giveUp`. */
        void lost(Link link, SdkError why);
    }

    private static final int GOOD_BYE = 1000;
    /** RFC 6455 §7.4.2: of private use. */
    private static final int GIVEN_UP = 4000;

    private final Scheduler scheduler;
    private final Events events;
    private final Transport transport;
    private final Deadline watch;
    private long silenceMillis;
    private boolean opened;
    private boolean over;
    /** What waits for a sign of life; null: the gateway was not asked for one. */
    private List<Runnable> probed;

    /** Throws IllegalArgumentException when `url` is none. */
    Link(Platform platform, String url, long silenceMillis, Events events) {
        scheduler = platform.scheduler();
        this.events = events;
        this.silenceMillis = silenceMillis;
        watch = new Deadline(scheduler);
        transport = platform.transports().open(url, new Ears());
    }

    boolean isOpen() {
        return opened && !over;
    }

    void send(String text) {
        if (!over) {
            transport.send(text);
        }
    }

    /** After so many milliseconds without a message the link is lost. */
    void setSilence(long millis) {
        silenceMillis = millis;
        watch();
    }

    /** Asks for a sign of life, runs `alive` when it comes, and is lost when none comes in time. */
    void probe(long millis, Runnable alive) {
        if (!isOpen()) {
            return;
        }
        if (probed != null) {
            if (probed.size() < Limits.MAX_CALLS) {
                probed.add(alive);
            }
            return;
        }
        probed = new ArrayList<>();
        probed.add(alive);
        send(MessageWriter.ping());
        watch.set(millis, () -> lose(SdkError.of("gateway_silent")));
    }

    /** Says good-bye: the session is over. */
    void close() {
        finish(GOOD_BYE);
    }

    /** The session goes on in another link. */
    void giveUp() {
        finish(GIVEN_UP);
    }

    private void finish(int code) {
        if (!over) {
            over = true;
            watch.clear();
            transport.close(code, "");
        }
    }

    private void onOpen() {
        if (!over && !opened) {
            opened = true;
            watch();
            events.opened(this);
        }
    }

    private void onText(String text) {
        if (!isOpen()) {
            return;
        }
        List<Runnable> alive = probed;
        probed = null;
        watch();
        events.message(this, MessageReader.read(text));
        if (alive != null) {
            for (Runnable one : alive) {
                if (!over) {
                    one.run();
                }
            }
        }
    }

    private void onGone(SdkError why) {
        if (over) {
            return;
        }
        if (why != null) {
            lose(why);
        } else if (opened) {
            lose(SdkError.of("gateway_lost"));
        } else {
            lose(SdkError.builder("gateway_unreachable").field("url").build());
        }
    }

    private void lose(SdkError why) {
        giveUp();
        events.lost(this, why);
    }

    private void watch() {
        if (isOpen()) {
            long half = silenceMillis / 2;
            watch.set(half, () -> probe(half, () -> { }));
        }
    }

    /** Brings what the socket tells to the scheduler's thread. */
    private final class Ears implements Transport.Listener {
        @Override
        public void onOpen() {
            scheduler.execute(Link.this::onOpen);
        }

        @Override
        public void onText(String text) {
            scheduler.execute(() -> Link.this.onText(text));
        }

        @Override
        public void onClosed(int code, String reason) {
            scheduler.execute(() -> onGone(null));
        }

        @Override
        public void onFailed(SdkError error) {
            scheduler.execute(() -> onGone(error));
        }
    }
}
