package org.zvonok.sdk.android.webrtc;

import java.util.LinkedHashSet;
import java.util.Set;
import org.zvonok.sdk.spi.Cancellable;
import org.zvonok.sdk.spi.Scheduler;

/**
 * Waits until a local description has all its candidates, and no longer than a limit: a description
 * with some is better than none, since the gateway finds the others by the checks that come from
 * them. One wait at a time; on the rtc thread.
 *
 * <p>Which gathering is over is told by the ICE user name: a description that only changes media
 * has the one of before, and nothing is gathered for it.
 */
final class Gathering {
    /** More than restarts are tried before a call is given up. */
    private static final int MAX_GATHERED = 32;

    private final Scheduler rtc;
    private final int limitMillis;
    /** Oldest first; some, since an offer that is taken back leaves the one before in force. */
    private final Set<String> gathered = new LinkedHashSet<>();
    private String awaited;
    private Runnable done;
    private Cancellable limit;

    Gathering(Scheduler rtc, int limitMillis) {
        this.rtc = rtc;
        this.limitMillis = limitMillis;
    }

    /** Runs `done` when all candidates are there, or the limit is reached. */
    void await(String localSdp, Runnable done) {
        cancel();
        String ufrag = SdpText.iceUfrag(localSdp);
        if (gathered.contains(ufrag)) {
            done.run();
            return;
        }
        this.awaited = ufrag;
        this.done = done;
        limit = rtc.schedule(this::finish, limitMillis);
    }

    /** All candidates of this local description are there. */
    void onGathered(String localSdp) {
        String ufrag = SdpText.iceUfrag(localSdp);
        gathered.add(ufrag);
        if (gathered.size() > MAX_GATHERED) {
            gathered.remove(gathered.iterator().next());
        }
        if (done != null && ufrag.equals(awaited)) {
            finish();
        }
    }

    void cancel() {
        if (limit != null) {
            limit.cancel();
        }
        limit = null;
        done = null;
    }

    private void finish() {
        Runnable last = done;
        cancel();
        if (last != null) {
            last.run();
        }
    }
}
