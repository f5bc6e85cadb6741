package org.zvonok.sdk;

import java.util.function.Supplier;
import org.zvonok.sdk.spi.Scheduler;

/**
 * Another link that is opened beside one in doubt, so that no time is lost in waiting for an answer
 * that cannot come. The old one has a head start, in which a living one answers; on a slow path,
 * too, it is the first to, since a new link needs several round trips to open.
 */
final class Rival {
    private final Supplier<Link> opener;
    private final Deadline headStart;
    private Link link;

    Rival(Scheduler scheduler, Supplier<Link> opener) {
        this.opener = opener;
        headStart = new Deadline(scheduler);
    }

    /** Is to be opened after the head start, in place of one that may be under way. */
    void start() {
        stop();
        headStart.set(Limits.HEAD_START_MS, () -> link = opener.get());
    }

    boolean isStarted() {
        return headStart.isSet() || link != null;
    }

    boolean is(Link other) {
        return link == other;
    }

    /** Hands over what is opening or open; null: nothing is. */
    Link take() {
        Link taken = link;
        link = null;
        stop();
        return taken;
    }

    void stop() {
        headStart.clear();
        if (link != null) {
            link.giveUp();
            link = null;
        }
    }
}
