package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.zvonok.sdk.spi.MediaOptions;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.SdkLog;

/**
 * One call's media session: its steps, each of which is bounded, and what was agreed on by them.
 * One step at a time; {@code close} may come at any moment, also between two of them.
 */
final class Media implements MediaSession.Observer {
    /** Who is told, on the scheduler's thread. */
    interface Events {
        void connected();

        void interrupted();

        void failed();

        /** `agreed` is another than before, or the far end's picture has come or gone. */
        void video(boolean agreed, boolean remote);

        void warning(SdkError error);

        /** The engine does not answer any more: no other step can be asked for. */
        void stuck();
    }

    private final Line line;
    private final Scheduler scheduler;
    private final Events events;
    private MediaSession session;
    private Step<?> step;
    /** What is being measured, beside the steps. */
    private final List<Step<MediaStats>> measurements = new ArrayList<>();
    private MediaState state = MediaState.NEW;
    private String offered = "";
    private boolean agreedVideo;
    private boolean remoteVideo;
    private boolean audioMuted;
    private boolean videoMuted;
    private boolean held;
    private boolean closed;

    Media(Line line, Events events) {
        this.line = line;
        this.events = events;
        scheduler = line.platform().scheduler();
    }

    boolean isConnected() {
        return state == MediaState.CONNECTED;
    }

    /* ---- steps ---- */

    /** The offer of an outgoing call. */
    void offer(boolean video, MediaOptions options, Outcome<String> outcome) {
        makeSdp(outcome, open(video, options, (media, result) -> media.createOffer(false, result)),
                sdp -> offered = sdp);
    }

    /** The answer to the offer of an incoming call. */
    void answer(String remote, boolean video, MediaOptions options, Outcome<String> outcome) {
        makeSdp(outcome,
                open(video, options, (media, result) -> media.createAnswer(remote, video, result)),
                sdp -> onAgreed(sdp, remote));
    }

    /** An offer by which the same session looks for a new path. */
    void restart(Outcome<String> outcome) {
        makeSdp(outcome, (media, result) -> media.createOffer(true, result), sdp -> offered = sdp);
    }

    /** The answer to the gateway's offer in a running call, by which video comes or goes. */
    void follow(String remote, boolean video, Outcome<String> outcome) {
        makeSdp(outcome, (media, result) -> media.createAnswer(remote, video, result),
                sdp -> onAgreed(sdp, remote));
    }

    /** Takes the gateway's answer to `offer` or `restart`. */
    void accept(String answer, Outcome<String> outcome) {
        run(outcome, (media, own) -> media.setRemoteAnswer(answer, own.asResult(answer)),
                taken -> onAgreed(offered, taken));
    }

    /** Takes back what `restart` has offered. */
    void rollback(Outcome<String> outcome) {
        run(outcome, (media, own) -> media.rollback(own.asResult("")), nothing -> { });
    }

    /** Opens the session first; what it throws is told by the step. */
    private BiConsumer<MediaSession, MediaSession.SdpResult> open(boolean video,
            MediaOptions options, BiConsumer<MediaSession, MediaSession.SdpResult> then) {
        return (none, result) -> {
            session = line.platform().media().open(new MediaRequest(true, video,
                    line.iceServers(), options, line.config().limitMillis(Wait.GATHERING)), this);
            session.setAudioMuted(audioMuted);
            session.setVideoMuted(videoMuted);
            session.setHeld(held);
            then.accept(session, result);
        };
    }

    private void makeSdp(Outcome<String> outcome,
            BiConsumer<MediaSession, MediaSession.SdpResult> work, Consumer<String> made) {
        run(outcome, (media, own) -> work.accept(media, Step.asSdpResult(own)), made);
    }

    private void run(Outcome<String> outcome, BiConsumer<MediaSession, Step<String>> work,
            Consumer<String> done) {
        Outcome<String> noted = new Outcome<String>() {
            @Override
            public void onValue(String value) {
                done.accept(value);
                outcome.onValue(value);
            }

            @Override
            public void onError(SdkError error) {
                outcome.onError(error);
            }
        };
        Step<String> own = new Step<>(scheduler, noted, line.config().limitMillis(Wait.SETUP),
                events::stuck);
        step = own;
        try {
            work.accept(session, own);
        } catch (RuntimeException e) {
            log("a step threw " + e);
            own.fail(SdkError.of("media_engine", e));
        }
    }

    private void onAgreed(String own, String remote) {
        agreedVideo = SdpVideo.isTaken(own) && SdpVideo.isTaken(remote);
        events.video(agreedVideo, remoteVideo);
    }

    /* ---- switches; before the session is open they are kept for it ---- */

    void setAudioMuted(boolean muted) {
        audioMuted = muted;
        ifOpen(media -> media.setAudioMuted(muted));
    }

    void setVideoMuted(boolean muted) {
        videoMuted = muted;
        ifOpen(media -> media.setVideoMuted(muted));
    }

    void setHeld(boolean aside) {
        if (held != aside) {
            held = aside;
            ifOpen(media -> media.setHeld(aside));
        }
    }

    /** Null: there is nothing to measure, or it did not work. */
    void getStats(Consumer<MediaStats> result) {
        if (session == null) {
            result.accept(null);
            return;
        }
        Outcome<MediaStats> figures = new Outcome<MediaStats>() {
            @Override
            public void onValue(MediaStats stats) {
                result.accept(stats);
            }

            @Override
            public void onError(SdkError error) {
                result.accept(null);
            }
        };
        Step<MediaStats> own = new Step<>(scheduler, figures, line.config().limitMillis(Wait.PROBE),
                () -> result.accept(null));
        measurements.removeIf(Step::isOver);
        measurements.add(own);
        try {
            session.getStats(Step.asStatsResult(own));
        } catch (RuntimeException e) {
            own.fail(SdkError.of("media_engine", e));
        }
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        release();
    }

    /** Gives the session back; another `answer` opens one anew. */
    void release() {
        if (step != null) {
            step.drop();
        }
        ifOpen(MediaSession::close);
        session = null;
        state = MediaState.NEW;
        // Now: after the call's end nobody is told anything.
        measurements.forEach(measurement -> measurement.fail(SdkError.of("media_failed")));
        measurements.clear();
    }

    /** The engine's own mistakes must not leave a call half ended. */
    private void ifOpen(Consumer<MediaSession> work) {
        if (session == null) {
            return;
        }
        try {
            work.accept(session);
        } catch (RuntimeException e) {
            log("it threw " + e);
        }
    }

    private void log(String text) {
        line.platform().log().log(SdkLog.ERROR, "zvonok", "media engine: " + text);
    }

    /* ---- what the engine tells, on any thread ---- */

    @Override
    public void onConnectionState(MediaState now) {
        scheduler.execute(() -> {
            if (closed || now == state) {
                return;
            }
            state = now;
            if (now == MediaState.CONNECTED) {
                events.connected();
            } else if (now == MediaState.DISCONNECTED) {
                events.interrupted();
            } else if (now == MediaState.FAILED) {
                events.failed();
            }
        });
    }

    @Override
    public void onRemoteVideo(boolean has) {
        scheduler.execute(() -> {
            if (!closed) {
                remoteVideo = has;
                events.video(agreedVideo, has);
            }
        });
    }

    @Override
    public void onError(SdkError error) {
        scheduler.execute(() -> {
            if (!closed) {
                events.warning(error);
            }
        });
    }
}
