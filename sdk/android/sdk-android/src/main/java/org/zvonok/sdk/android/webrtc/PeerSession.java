package org.zvonok.sdk.android.webrtc;

import java.util.function.Consumer;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.spi.Scheduler;
import org.zvonok.sdk.spi.SdkLog;

/**
 * The media of one call: the order of steps around a {@link Peer}, and when camera, microphone and
 * ear are on. Everything happens on the rtc thread; the peer is opened by the first description,
 * and what fails is told as the result of a step, as an event outside of one, in the log after the
 * end: whatever leaves that thread as an exception ends the app. Knows neither Android nor
 * libwebrtc.
 *
 * <p>The camera is open while the two sides have agreed that our picture goes out, or we have
 * offered one, and it is neither muted nor on hold.
 */
final class PeerSession implements MediaSession {
    private final Scheduler rtc;
    private final Peer.Factory factory;
    private final MediaRequest request;
    private final Observer observer;
    private final SdkLog log;
    private final Gathering gathering;
    private Peer peer;
    private boolean hasAudio;
    private boolean hasVideo;
    private boolean audioMuted;
    private boolean videoMuted;
    private boolean held;
    private boolean seesFarEnd;
    private volatile boolean closed;

    PeerSession(Scheduler rtc, Peer.Factory factory, MediaRequest request, Observer observer,
            SdkLog log) {
        this.rtc = rtc;
        this.factory = factory;
        this.request = request;
        this.observer = observer;
        this.log = log;
        gathering = new Gathering(rtc, request.gatheringMillis);
    }

    @Override
    public void createOffer(boolean iceRestart, SdpResult result) {
        step(result::onFailed, () -> {
            if (!open(result)) {
                return;
            }
            boolean isFirst = !hasAudio;
            addAudio();
            if (isFirst && request.video) {
                addVideo();
            }
            peer.createOffer(iceRestart, then(result::onFailed,
                    sdp -> setLocal(Peer.Kind.OFFER, sdp, result)));
        });
    }

    @Override
    public void createAnswer(String remoteOffer, boolean video, SdpResult result) {
        step(result::onFailed, () -> {
            if (open(result)) {
                peer.setRemote(Peer.Kind.OFFER, remoteOffer, then(result::onFailed,
                        none -> answer(remoteOffer, video, result)));
            }
        });
    }

    private void answer(String remoteOffer, boolean video, SdpResult result) {
        addAudio();
        boolean offersVideo = SdpText.offersVideo(remoteOffer);
        boolean refuses = offersVideo && !video;
        if (refuses) {
            peer.refuseVideo();
            hasVideo = false;
        } else if (offersVideo) {
            addVideo();
        }
        peer.createAnswer(then(result::onFailed, sdp -> setLocal(Peer.Kind.ANSWER,
                refuses ? SdpText.refuseVideo(sdp) : sdp, result)));
    }

    @Override
    public void setRemoteAnswer(String sdp, Result result) {
        step(result::onFailed, () -> need().setRemote(Peer.Kind.ANSWER, sdp,
                then(result::onFailed, none -> {
                    onAgreed();
                    result.onDone();
                })));
    }

    @Override
    public void rollback(Result result) {
        step(result::onFailed, () -> need().setLocal(Peer.Kind.ROLLBACK, "",
                then(result::onFailed, none -> result.onDone())));
    }

    @Override
    public void setAudioMuted(boolean muted) {
        change(() -> audioMuted = muted);
    }

    @Override
    public void setVideoMuted(boolean muted) {
        change(() -> videoMuted = muted);
    }

    @Override
    public void setHeld(boolean held) {
        change(() -> this.held = held);
    }

    @Override
    public void getStats(StatsResult result) {
        step(result::onFailed, () -> need().getStats(new StatsResult() {
            @Override
            public void onStats(MediaStats stats) {
                if (!closed) {
                    result.onStats(stats);
                }
            }

            @Override
            public void onFailed(SdkError error) {
                if (!closed) {
                    result.onFailed(error);
                }
            }
        }));
    }

    @Override
    public void close() {
        closed = true;
        rtc.execute(() -> {
            gathering.cancel();
            Peer last = peer;
            peer = null;
            if (last != null) {
                end(last);
            }
        });
    }

    private void end(Peer last) {
        try {
            last.close();
        } catch (RuntimeException | LinkageError e) {
            log.log(SdkLog.WARN, "zvonok", "the media of a call did not end cleanly: " + e);
        }
    }

    private void setLocal(Peer.Kind kind, String sdp, SdpResult result) {
        peer.setLocal(kind, sdp, then(result::onFailed, none -> {
            if (kind == Peer.Kind.ANSWER) {
                onAgreed();
            }
            gathering.await(peer.localSdp(),
                    () -> run(result::onFailed, () -> result.onSdp(peer.localSdp())));
        }));
    }

    /** False: it cannot be, and the result is told so. */
    private boolean open(SdpResult result) {
        if (peer == null) {
            peer = factory.open(new Events());
        }
        SdkError lack = hasAudio ? null : peer.microphoneLack();
        if (lack != null) {
            result.onFailed(lack);
        }
        return lack == null;
    }

    private Peer need() {
        if (peer == null) {
            throw new IllegalStateException("there is no description yet");
        }
        return peer;
    }

    private void addAudio() {
        if (!hasAudio) {
            peer.addAudio();
            hasAudio = true;
            apply();
        }
    }

    private void addVideo() {
        hasVideo = true;
        peer.addVideo();
        apply();
    }

    /** Both descriptions are set. */
    private void onAgreed() {
        String local = peer.localSdp();
        String remote = peer.remoteSdp();
        hasVideo = SdpText.sendsVideo(local, remote);
        apply();
        boolean sees = SdpText.receivesVideo(local, remote);
        if (sees != seesFarEnd) {
            seesFarEnd = sees;
            observer.onRemoteVideo(sees);
        }
    }

    private void apply() {
        peer.setSpeaks(!audioMuted && !held);
        peer.setHears(!held);
        peer.setCamera(hasVideo && !videoMuted && !held);
    }

    private void change(Runnable work) {
        step(error -> observer.onError(error), () -> {
            work.run();
            if (peer != null) {
                apply();
            }
        });
    }

    /** Runs a step, a change, or what a step goes on with: whatever it throws is its result. */
    private void step(Consumer<SdkError> failed, Runnable work) {
        rtc.execute(() -> run(failed, work));
    }

    private void run(Consumer<SdkError> failed, Runnable work) {
        if (closed) {
            return;
        }
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            failed.accept(SdkError.of("media_engine", e));
        }
    }

    private Peer.Done then(Consumer<SdkError> failed, Consumer<String> next) {
        return new Peer.Done() {
            @Override
            public void onDone(String sdp) {
                run(failed, () -> next.accept(sdp));
            }

            @Override
            public void onFailed(String why) {
                run(failed, () -> failed.accept(
                        SdkError.of("media_engine", new IllegalStateException(why))));
            }
        };
    }

    private final class Events implements Peer.Events {
        @Override
        public void onState(MediaState state) {
            if (!closed) {
                observer.onConnectionState(state);
            }
        }

        @Override
        public void onGathered() {
            if (!closed) {
                gathering.onGathered(peer.localSdp());
            }
        }

        @Override
        public void onError(SdkError error) {
            if (!closed) {
                observer.onError(error);
            }
        }
    }
}
