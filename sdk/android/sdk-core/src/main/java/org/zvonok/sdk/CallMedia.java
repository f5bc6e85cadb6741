package org.zvonok.sdk;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.zvonok.sdk.spi.MediaOptions;

/**
 * A call's media over its whole life: the first exchange of descriptions, ICE restarts when the
 * path is lost or may be another one, and the gateway's offers, by which video comes and goes.
 *
 * <p>One exchange is under way at a time. An offer of the gateway that comes while one of ours is
 * out waits for its end. When ours is answered, the gateway's was made for a path that is no more:
 * it is given back (rollback), and the gateway may make it anew. When ours is refused or not
 * answered, the gateway's is taken, and the restart tries again later.
 */
final class CallMedia implements Media.Events, Restarts.Steps {
    /** What it needs of its call. */
    interface Steps {
        /** An offer for the gateway. */
        void offer(String sdp, String reason);

        /** The answer to an offer of the gateway; null: it cannot be taken. */
        void answer(String sdp);

        void video(boolean agreed, boolean remote);

        void warning(SdkError error);

        /** The answer may not record; nothing was sent, and nothing is open any more. */
        void notAllowed(SdkError error);

        /** There is no sound, and there will be none. */
        void failed(SdkError error);
    }

    private final Line line;
    private final Steps steps;
    private final Media media;
    private final Exchange exchange;
    private final Restarts restarts;
    private final Turns turns = new Turns();
    /** From the exchange of descriptions to the first connection. */
    private final Deadline deadline;
    /** The person wants a picture, if there is one. */
    private boolean wantsVideo;
    /** The gateway's offer that waits. */
    private String offered;
    private boolean exchanged;
    private boolean wasConnected;
    private boolean closed;

    CallMedia(Line line, Steps steps) {
        this.line = line;
        this.steps = steps;
        deadline = new Deadline(line.platform().scheduler());
        media = new Media(line, this);
        exchange = new Exchange(line.platform().scheduler(), line.config().limitMillis(Wait.UPDATE),
                steps::offer);
        restarts = new Restarts(line, this);
    }

    void setAudioMuted(boolean muted) {
        media.setAudioMuted(muted);
    }

    void setVideoMuted(boolean muted) {
        media.setVideoMuted(muted);
    }

    void setHeld(boolean held) {
        media.setHeld(held);
    }

    void getStats(Consumer<MediaStats> result) {
        media.getStats(result);
    }

    /* ---- the first exchange ---- */

    /** The offer of an outgoing call. */
    void offer(boolean video, MediaOptions options, Consumer<String> made) {
        wantsVideo = video;
        turns.take(done -> media.offer(video, options,
                first(done, made, steps::failed)));
    }

    /** The answer to the offer of an incoming call. */
    void answer(String offer, boolean video, MediaOptions options, Consumer<String> made) {
        wantsVideo = video;
        turns.take(done -> media.answer(offer, video, options, first(done, sdp -> {
            onExchanged();
            made.accept(sdp);
        }, this::onNoAnswer)));
    }

    /** The person may allow the microphone, and answer again. */
    private void onNoAnswer(SdkError error) {
        if (error.getCode() == ErrorCode.PERMISSION_MICROPHONE) {
            media.release();
            steps.notAllowed(error);
        } else {
            steps.failed(error);
        }
    }

    /** Takes the answer to `offer`. */
    void accept(String answer) {
        setDeadline();
        turns.take(done -> media.accept(answer,
                first(done, taken -> exchanged = true, steps::failed)));
    }

    /** Both sides talk: from now on at the latest a description and a path are waited for. */
    void onTalk() {
        if (!deadline.isSet()) {
            setDeadline();
        }
    }

    /** Without the first exchange there is no call. */
    private static Outcome<String> first(Runnable done, Consumer<String> then,
            Consumer<SdkError> otherwise) {
        return new Outcome<String>() {
            @Override
            public void onValue(String value) {
                then.accept(value);
                done.run();
            }

            @Override
            public void onError(SdkError error) {
                otherwise.accept(error);
                done.run();
            }
        };
    }

    private void onExchanged() {
        exchanged = true;
        setDeadline();
    }

    private void setDeadline() {
        if (!wasConnected && !closed) {
            deadline.set(line.config().limitMillis(Wait.MEDIA),
                    () -> steps.failed(SdkError.of("media_failed")));
        }
    }

    /* ---- offers of the gateway ---- */

    /** In a running call. Of two that wait the last one counts; each gets its answer. */
    void onOffer(String sdp) {
        if (offered != null) {
            steps.answer(null);
        }
        offered = sdp;
        turns.take(this::follow);
    }

    private void follow(Runnable done) {
        String offer = offered;
        offered = null;
        if (offer == null) {
            done.run();
        } else if (!exchanged) {
            steps.answer(null);
            done.run();
        } else {
            media.follow(offer, wantsVideo, new Outcome<String>() {
                @Override
                public void onValue(String sdp) {
                    steps.answer(sdp);
                    done.run();
                }

                @Override
                public void onError(SdkError error) {
                    steps.answer(null);
                    done.run();
                }
            });
        }
    }

    /* ---- offers of ours ---- */

    void onAnswer(String sdp) {
        exchange.onAnswer(sdp);
    }

    /** True when it was an offer of ours that was refused. */
    boolean onRefusal(SdkError error) {
        return exchange.onRefusal(error);
    }

    @Override
    public void restart(BooleanSupplier isWanted, Runnable over) {
        turns.take(done -> {
            Runnable end = () -> {
                done.run();
                over.run();
            };
            if (isWanted.getAsBoolean()) {
                media.restart(then(sdp -> ask(sdp, isWanted, end), end));
            } else {
                end.run();
            }
        });
    }

    private void ask(String sdp, BooleanSupplier isWanted, Runnable end) {
        if (isWanted.getAsBoolean()) {
            exchange.ask(sdp, Exchange.RESTART,
                    then(answer -> accept(answer, end), () -> takeBack(end)));
        } else {
            takeBack(end);
        }
    }

    private void accept(String answer, Runnable end) {
        if (offered != null) {
            steps.answer(null);
            offered = null;
        }
        media.accept(answer, then(taken -> end.run(), () -> takeBack(end)));
    }

    /** Where even that fails, no other offer can be made. */
    private void takeBack(Runnable end) {
        media.rollback(then(nothing -> end.run(), this::stuck));
    }

    private static Outcome<String> then(Consumer<String> next, Runnable otherwise) {
        return new Outcome<String>() {
            @Override
            public void onValue(String value) {
                next.accept(value);
            }

            @Override
            public void onError(SdkError error) {
                otherwise.run();
            }
        };
    }

    /* ---- the gateway comes and goes ---- */

    void onNetworkChanged() {
        if (exchanged) {
            restarts.onNetworkChanged();
        }
    }

    /** The gateway is away. */
    void onLost() {
        deadline.pause();
        restarts.stop();
        offered = null;
        exchange.onLost();
    }

    void onReturn() {
        if (closed) {
            return;
        }
        deadline.resume();
        exchange.onReturn();
        if (exchanged) {
            restarts.onReturn();
        }
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        offered = null;
        turns.close();
        deadline.clear();
        restarts.stop();
        exchange.close();
        media.close();
    }

    /* ---- what the media tells ---- */

    @Override
    public boolean isConnected() {
        return media.isConnected();
    }

    @Override
    public void giveUp() {
        steps.failed(SdkError.of("media_failed"));
    }

    @Override
    public void connected() {
        wasConnected = true;
        deadline.clear();
        restarts.onConnected();
    }

    @Override
    public void interrupted() {
        if (line.canResume() && exchanged) {
            line.doubt();
            restarts.onInterrupted();
        }
    }

    /** While the gateway is away that is no wonder, and its return comes first. */
    @Override
    public void failed() {
        if (line.canResume() && (wasConnected || !line.isUp())) {
            interrupted();
        } else {
            giveUp();
        }
    }

    @Override
    public void stuck() {
        steps.failed(SdkError.of("media_engine"));
    }

    @Override
    public void video(boolean agreed, boolean remote) {
        steps.video(agreed, remote);
    }

    @Override
    public void warning(SdkError error) {
        steps.warning(error);
    }
}
