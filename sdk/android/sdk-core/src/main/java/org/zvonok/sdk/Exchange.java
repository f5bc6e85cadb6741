package org.zvonok.sdk;

import java.util.function.BiConsumer;
import org.zvonok.sdk.spi.Scheduler;

/**
 * One offer to the gateway about a running call, and its answer. The gateway answers in order and
 * gives no number: what comes after an offer was given up may be the answer to that one, or, where
 * it took both offers at once, to the newest. So it counts as the answer only when no other
 * follows.
 */
final class Exchange {
    /** The same peer connection looks for a new path. */
    static final String RESTART = "restart";

    private static final class Pending {
        final String sdp;
        final String reason;
        final Outcome<String> outcome;

        Pending(String sdp, String reason, Outcome<String> outcome) {
            this.sdp = sdp;
            this.reason = reason;
            this.outcome = outcome;
        }
    }

    private final long limitMillis;
    private final BiConsumer<String, String> send;
    private final Deadline deadline;
    private Pending pending;
    private int givenUp;

    Exchange(Scheduler scheduler, long limitMillis, BiConsumer<String, String> send) {
        this.limitMillis = limitMillis;
        this.send = send;
        deadline = new Deadline(scheduler);
    }

    /** Sends an offer; gives the answer, or why there is none. */
    void ask(String sdp, String reason, Outcome<String> outcome) {
        giveUp();
        pending = new Pending(sdp, reason, outcome);
        tell();
    }

    void onAnswer(String sdp) {
        if (!isLate()) {
            answer(sdp);
        } else if (pending != null) {
            deadline.set(Limits.LATE_ANSWER_MS, () -> answer(sdp));
        }
    }

    /** True when it was an offer of this call that the gateway has refused. */
    boolean onRefusal(SdkError error) {
        if (isLate()) {
            return true;
        }
        Pending refused = take();
        if (refused != null) {
            refused.outcome.onError(error);
        }
        return refused != null;
    }

    /**
     * The socket is gone, and with it what may have been answered. An offer to restart is worth
     * nothing any more.
     */
    void onLost() {
        givenUp = 0;
        deadline.pause();
        if (pending != null && pending.reason.equals(RESTART)) {
            take().outcome.onError(SdkError.of("gateway_lost"));
        }
    }

    void onReturn() {
        deadline.resume();
        if (pending != null) {
            tell();
        }
    }

    void close() {
        deadline.clear();
        pending = null;
    }

    private void tell() {
        deadline.set(limitMillis, this::giveUp);
        send.accept(pending.sdp, pending.reason);
    }

    private void answer(String sdp) {
        Pending answered = take();
        if (answered != null) {
            answered.outcome.onValue(sdp);
        }
    }

    private boolean isLate() {
        if (givenUp == 0) {
            return false;
        }
        givenUp--;
        return true;
    }

    private void giveUp() {
        Pending late = take();
        if (late != null) {
            givenUp++;
            late.outcome.onError(SdkError.of("call_timeout"));
        }
    }

    private Pending take() {
        Pending taken = pending;
        pending = null;
        deadline.clear();
        return taken;
    }
}
