package org.zvonok.sdk;

import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.Scheduler;

/**
 * One step of the media engine: its result comes on any thread, perhaps late, perhaps never, and is
 * brought to the scheduler's thread as one outcome.
 */
final class Step<T> {
    private final Scheduler scheduler;
    private final Outcome<T> outcome;
    private final Deadline limit;
    private boolean over;

    /** `late`: what to do when no result comes in time; one that comes after that is not heard. */
    Step(Scheduler scheduler, Outcome<T> outcome, long limitMillis, Runnable late) {
        this.scheduler = scheduler;
        this.outcome = outcome;
        limit = new Deadline(scheduler);
        limit.set(limitMillis, () -> {
            drop();
            late.run();
        });
    }

    boolean isOver() {
        return over;
    }

    /** Nobody waits for it any more. */
    void drop() {
        over = true;
        limit.clear();
    }

    private void succeed(T value) {
        if (!over) {
            drop();
            outcome.onValue(value);
        }
    }

    void fail(SdkError error) {
        if (!over) {
            drop();
            outcome.onError(error);
        }
    }

    MediaSession.Result asResult(T value) {
        return new MediaSession.Result() {
            @Override
            public void onDone() {
                scheduler.execute(() -> succeed(value));
            }

            @Override
            public void onFailed(SdkError error) {
                scheduler.execute(() -> fail(error));
            }
        };
    }

    /** Of a step that makes a description. */
    static MediaSession.SdpResult asSdpResult(Step<String> step) {
        return new MediaSession.SdpResult() {
            @Override
            public void onSdp(String sdp) {
                step.scheduler.execute(() -> step.succeed(sdp));
            }

            @Override
            public void onFailed(SdkError error) {
                step.scheduler.execute(() -> step.fail(error));
            }
        };
    }

    /** Of a measurement. */
    static MediaSession.StatsResult asStatsResult(Step<MediaStats> step) {
        return new MediaSession.StatsResult() {
            @Override
            public void onStats(MediaStats stats) {
                step.scheduler.execute(() -> step.succeed(stats));
            }

            @Override
            public void onFailed(SdkError error) {
                step.scheduler.execute(() -> step.fail(error));
            }
        };
    }
}
