package org.zvonok.sdk;

import java.util.function.DoubleSupplier;
import org.zvonok.sdk.spi.Scheduler;

/**
 * When a session that has lost its gateway tries again: after a wait that doubles from try to try,
 * with jitter, so that the clients of a gateway that was restarted do not come all at once; at once
 * when the device says that the network is another one; and no longer than the gateway keeps the
 * session. A return that lasts for a moment only does not begin the waits anew: something on the
 * way may cut each connection as soon as it is up.
 */
final class Reconnect {
    /** What a return is made of. */
    interface Steps {
        /** Opens a link in place of one that may be opening; `failed` is called when that fails. */
        void attempt();

        void giveUp();
    }

    private final Scheduler scheduler;
    private final SdkConfig config;
    private final DoubleSupplier random;
    private final Steps steps;
    private final Deadline next;
    private final Deadline end;
    private final Deadline calm;
    private int tries;
    private long stoppedAt;
    private boolean changed;

    /** `random`: 0 to 1. */
    Reconnect(Scheduler scheduler, SdkConfig config, DoubleSupplier random, Steps steps) {
        this.scheduler = scheduler;
        this.config = config;
        this.random = random;
        this.steps = steps;
        next = new Deadline(scheduler);
        end = new Deadline(scheduler);
        calm = new Deadline(scheduler);
    }

    boolean isRunning() {
        return end.isSet();
    }

    /** Begins to try: at once, or after the first wait. */
    void start(boolean now) {
        if (scheduler.nowMillis() - stoppedAt >= config.limitMillis(Wait.LONGEST_RETURN)) {
            tries = 0;
        }
        prolong();
        if (now) {
            attempt();
        } else {
            await();
        }
    }

    /** Whoever answers that it is about to restart is worth the whole time again. */
    void prolong() {
        end.set(config.limitMillis(Wait.RESUME), () -> {
            stop();
            steps.giveUp();
        });
    }

    void failed() {
        if (isRunning()) {
            await();
        }
    }

    /**
     * The last wait was for another network. Events that come in a burst start one try, and one
     * more at its end. An event may come before the network has an address: the first waits are
     * shorter than usual.
     */
    void networkChanged() {
        if (!isRunning()) {
            return;
        }
        if (calm.isSet()) {
            changed = true;
            return;
        }
        calm.set(Limits.NETWORK_CALM_MS, () -> {
            if (changed) {
                networkChanged();
            }
        });
        changed = false;
        tries = Limits.NETWORK_TRIES;
        attempt();
    }

    void stop() {
        stoppedAt = scheduler.nowMillis();
        next.clear();
        end.clear();
        calm.clear();
        changed = false;
    }

    private void await() {
        double doubled = config.limitMillis(Wait.FIRST_RETURN) * Math.pow(2, tries);
        double millis = Math.min(doubled, config.limitMillis(Wait.LONGEST_RETURN));
        tries++;
        double jitter = 0.75 + random.getAsDouble() / 2;
        next.set(Math.round(millis * jitter), this::attempt);
    }

    private void attempt() {
        next.set(config.limitMillis(Wait.CONNECT), this::await);
        steps.attempt();
    }
}
