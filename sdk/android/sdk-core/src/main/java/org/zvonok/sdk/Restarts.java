package org.zvonok.sdk;

import java.util.function.BooleanSupplier;

/**
 * Brings a call's media back by ICE restarts: after the session has returned, when the path is
 * interrupted, when the network has changed. One is under way at a time; between two there is a
 * pause; all of them together have a limit.
 */
final class Restarts {
    /** What a restart is made of. */
    interface Steps {
        /**
         * Makes the offer, has it answered while it is still wanted, applies the answer; then, or
         * when any of it fails, runs `done`.
         */
        void restart(BooleanSupplier isWanted, Runnable done);

        boolean isConnected();

        /** The media did not come back in time. */
        void giveUp();
    }

    private final SdkConfig config;
    private final Steps steps;
    private final Deadline retry;
    private final Deadline outage;
    private int round;
    private boolean busy;
    private boolean again;
    private boolean off;

    Restarts(Line line, Steps steps) {
        config = line.config();
        this.steps = steps;
        retry = new Deadline(line.platform().scheduler());
        outage = new Deadline(line.platform().scheduler());
    }

    /** The path is interrupted. */
    void onInterrupted() {
        if (off) {
            return;
        }
        watchOutage();
        if (!busy && !retry.isSet()) {
            run();
        }
    }

    /** The path may be another one from now on, and an offer under way does not know it yet. */
    void onNetworkChanged() {
        if (off) {
            return;
        }
        if (busy || retry.isSet()) {
            again = true;
        } else {
            run();
        }
    }

    void onConnected() {
        outage.clear();
        if (!busy && !again) {
            retry.clear();
        }
    }

    /** The gateway is away, or the call is over: nothing is under way any more. */
    void stop() {
        off = true;
        round++;
        busy = false;
        again = false;
        retry.clear();
        outage.clear();
    }

    /** The gateway is there again. */
    void onReturn() {
        off = false;
        if (!steps.isConnected()) {
            watchOutage();
        }
        run();
    }

    private void watchOutage() {
        if (!outage.isSet()) {
            outage.set(config.limitMillis(Wait.REPAIR), () -> {
                stop();
                steps.giveUp();
            });
        }
    }

    private void run() {
        int mine = ++round;
        busy = true;
        again = false;
        steps.restart(() -> mine == round, () -> {
            if (mine == round) {
                onDone();
            }
        });
    }

    /** Whether it went well, the connection's own state tells. */
    private void onDone() {
        busy = false;
        if (steps.isConnected() && !again) {
            outage.clear();
            return;
        }
        retry.set(config.limitMillis(Wait.RETRY), () -> {
            if (again || !steps.isConnected()) {
                run();
            }
        });
    }
}
