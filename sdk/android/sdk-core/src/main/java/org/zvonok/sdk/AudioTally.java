package org.zvonok.sdk;

import java.util.HashMap;
import java.util.Map;
import org.zvonok.sdk.spi.CallAudio;

/** Adds up the calls of all sessions for the one audio device. Only on the scheduler's thread. */
final class AudioTally {
    /** What one session has. */
    static final class Share {
        final int live;
        final boolean video;
        final boolean ringing;

        Share(int live, boolean video, boolean ringing) {
            this.live = live;
            this.video = video;
            this.ringing = ringing;
        }

        private boolean isEmpty() {
            return live == 0 && !ringing;
        }

        private boolean isSame(Share other) {
            return live == other.live && video == other.video && ringing == other.ringing;
        }
    }

    private final CallAudio audio;
    private final Map<Object, Share> shares = new HashMap<>();
    private Share told = new Share(0, false, false);

    AudioTally(CallAudio audio) {
        this.audio = audio;
    }

    /** What `session` has now, in place of what it had. */
    void set(Object session, Share share) {
        if (share.isEmpty()) {
            shares.remove(session);
        } else {
            shares.put(session, share);
        }
        Share sum = sum();
        if (!sum.isSame(told)) {
            told = sum;
            audio.onCalls(sum.live, sum.video, sum.ringing);
        }
    }

    private Share sum() {
        int live = 0;
        boolean video = false;
        boolean ringing = false;
        for (Share share : shares.values()) {
            live += share.live;
            video |= share.video;
            ringing |= share.ringing;
        }
        return new Share(live, video, ringing);
    }
}
