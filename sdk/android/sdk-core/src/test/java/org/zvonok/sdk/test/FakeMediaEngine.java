package org.zvonok.sdk.test;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.spi.MediaEngine;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;

/** Makes fake media and remembers it. */
public final class FakeMediaEngine implements MediaEngine {
    /** All that was opened, oldest first. */
    public final List<FakeMediaSession> all = new ArrayList<>();
    /** Steps wait until the test ends them; false: they succeed at once. */
    public boolean byHand;
    /** The next media cannot be opened. */
    public boolean broken;

    /** No media yet. */
    public FakeMediaEngine() {
    }

    @Override
    public MediaSession open(MediaRequest request, MediaSession.Observer observer) {
        if (broken) {
            throw new IllegalStateException("there is no media here");
        }
        FakeMediaSession session = new FakeMediaSession(request, observer, byHand);
        all.add(session);
        return session;
    }

    /**
     * The newest one.
     *
     * @return never null
     * @throws IllegalStateException when none was opened
     */
    public FakeMediaSession last() {
        if (all.isEmpty()) {
            throw new IllegalStateException("no media was opened");
        }
        return all.get(all.size() - 1);
    }

    /**
     * How many were opened and are not closed.
     *
     * @return 0: the microphone is free
     */
    public int open() {
        int open = 0;
        for (FakeMediaSession session : all) {
            open += session.closed ? 0 : 1;
        }
        return open;
    }
}
