package org.zvonok.testkit;

import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.RTCBundlePolicy;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCIceServer;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCStatsReport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.IceServer;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;

/**
 * One peer connection. Everything that touches it runs in the engine's rtc thread, in the order in
 * which it was asked for; {@link #close} is heard at once, so that nothing is said after it.
 */
final class DesktopMediaSession implements MediaSession {
    private final DesktopMediaEngine engine;
    private final Executor rtc;
    private final MediaRequest request;
    private final DesktopMedia devices;
    private final Observer observer;

    /** Guards {@link #closed}, also while somebody is told something. */
    private final Object gate = new Object();

    private boolean closed;

    // All from here on belongs to the rtc thread.
    /** Null when there is none yet, or none any more. */
    private RTCPeerConnection connection;
    /** Why there is no connection; the first step tells. */
    private Throwable notOpened;
    private Descriptions descriptions;
    private Tracks tracks;
    private boolean audioMuted;
    private boolean videoMuted;
    private boolean held;
    private boolean hadVideo;

    DesktopMediaSession(DesktopMediaEngine engine, MediaRequest request, Observer observer) {
        this.engine = engine;
        this.rtc = engine.rtc();
        this.request = request;
        this.observer = observer;
        boolean hasDevices = request.options instanceof DesktopMedia;
        this.devices = hasDevices ? (DesktopMedia) request.options : new DesktopMedia();
    }

    void open() {
        rtc.execute(() -> {
            try {
                connection = engine.factory().createPeerConnection(configuration(), new Events());
                descriptions = new Descriptions(engine.rtc(), connection, request.gatheringMillis);
                tracks = new Tracks(engine, connection, devices);
            } catch (RuntimeException | Error failure) { // webrtc-java throws bare Errors
                notOpened = failure;
            }
        });
    }

    @Override
    public void createOffer(boolean iceRestart, SdpResult result) {
        run("an offer", result::onSdp, result::onFailed, () -> {
            tracks.sendAudio();
            if (request.video && !iceRestart) {
                tracks.sendVideo();
            }
            return descriptions.offer(iceRestart);
        });
    }

    @Override
    public void createAnswer(String remoteOffer, boolean video, SdpResult result) {
        run("an answer", result::onSdp, result::onFailed, () -> {
            CompletableFuture<Void> taken = descriptions.setRemote(RTCSdpType.OFFER, remoteOffer);
            return taken.thenComposeAsync(done -> answer(remoteOffer, video), rtc);
        });
    }

    private CompletableFuture<String> answer(String remoteOffer, boolean video) {
        if (connection == null) {
            throw new IllegalStateException("the session was closed");
        }
        tracks.sendAudio();
        if (video && SdpText.offersVideo(remoteOffer)) {
            tracks.sendVideo();
        }
        CompletableFuture<String> sdp =
                descriptions.answer(made -> video ? made : SdpText.refuseVideo(made));
        return sdp.thenApplyAsync(this::agreed, rtc);
    }

    @Override
    public void setRemoteAnswer(String sdp, Result result) {
        run("the far end's answer", done -> result.onDone(), result::onFailed, () -> {
            return descriptions.setRemote(RTCSdpType.ANSWER, sdp).thenApplyAsync(this::agreed, rtc);
        });
    }

    @Override
    public void rollback(Result result) {
        run("a rollback", done -> result.onDone(), result::onFailed, () -> descriptions.rollBack());
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
        run("statistics", result::onStats, result::onFailed, () -> {
            CompletableFuture<RTCStatsReport> report = new CompletableFuture<>();
            connection.getStats(report::complete);
            return report.thenApplyAsync(Figures::read, rtc);
        });
    }

    @Override
    public void close() {
        synchronized (gate) {
            if (closed) {
                return;
            }
            closed = true;
        }
        rtc.execute(() -> {
            if (connection == null) {
                return;
            }
            tracks.detach();
            connection.close();
            tracks.dispose();
            connection = null;
        });
    }

    private RTCConfiguration configuration() {
        RTCConfiguration configuration = new RTCConfiguration();
        configuration.bundlePolicy = RTCBundlePolicy.MAX_BUNDLE;
        for (IceServer server : request.iceServers) {
            RTCIceServer one = new RTCIceServer();
            one.urls = server.urls;
            one.username = server.username;
            one.password = server.credential;
            configuration.iceServers.add(one);
        }
        return configuration;
    }

    /** Runs steps in the rtc thread, and tells how they went. */
    private <T> void run(
            String what,
            Consumer<T> done,
            Consumer<SdkError> failed,
            Supplier<CompletableFuture<T>> steps) {
        rtc.execute(() -> {
            CompletableFuture<T> all = new CompletableFuture<>();
            try {
                all = isOpen() ? steps.get() : all;
            } catch (RuntimeException | Error failure) {
                all.completeExceptionally(failure);
            }
            all.whenCompleteAsync((value, failure) -> {
                if (failure == null) {
                    tell(() -> done.accept(value));
                } else {
                    tell(() -> failed.accept(Faults.of(what, failure)));
                }
            }, rtc);
        });
    }

    /** A session that was closed tells nobody anything: its steps come to no end. */
    private boolean isOpen() {
        if (notOpened != null) {
            throw new IllegalStateException(notOpened.getMessage(), notOpened);
        }
        return connection != null;
    }

    private void change(Runnable what) {
        rtc.execute(() -> {
            what.run();
            if (connection != null) {
                tracks.setSending(!audioMuted && !held, !videoMuted && !held);
                devices.getEar().setCovered(held);
            }
        });
    }

    /** Both descriptions are known. */
    private <T> T agreed(T value) {
        boolean has = tracks.isVideoReceived();
        if (has != hadVideo) {
            hadVideo = has;
            tell(() -> observer.onRemoteVideo(has));
        }
        return value;
    }

    private void tell(Runnable what) {
        synchronized (gate) {
            if (!closed) {
                what.run();
            }
        }
    }

    /** What libwebrtc tells, in threads of its own. */
    private final class Events implements PeerConnectionObserver {
        @Override
        public void onIceCandidate(RTCIceCandidate candidate) {
            // It is in the local description, which goes out whole.
        }

        @Override
        public void onIceGatheringChange(RTCIceGatheringState state) {
            rtc.execute(() -> descriptions.onGathering(state));
        }

        @Override
        public void onConnectionChange(RTCPeerConnectionState state) {
            MediaState told = MediaState.valueOf(state.name());
            rtc.execute(() -> tell(() -> observer.onConnectionState(told)));
        }

        @Override
        public void onTrack(RTCRtpTransceiver place) {
            rtc.execute(() -> {
                if (connection != null) {
                    tracks.onTrack(place);
                }
            });
        }
    }
}
