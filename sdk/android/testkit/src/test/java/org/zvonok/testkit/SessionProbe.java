package org.zvonok.testkit;

import static org.junit.Assert.fail;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.IceServer;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;

/** One end of a connection in a test: its session, its devices, and all that the session says. */
final class SessionProbe implements MediaSession.Observer, MediaSession.SdpResult {
    private static final long LIMIT_S = 15;
    private static final int GATHERING_MS = 2000;
    /** Of sound that is judged in one piece. */
    private static final double PIECE_S = 0.2;

    final DesktopMedia devices;
    final CompletableFuture<Boolean> hasVideo = new CompletableFuture<>();
    MediaSession session;
    String lastOffer;
    private final List<MediaState> states = new ArrayList<>();
    private int said;

    private SessionProbe(DesktopMedia devices) {
        this.devices = devices;
    }

    static SessionProbe open(DesktopMediaEngine engine, DesktopMedia devices, boolean video) {
        SessionProbe probe = new SessionProbe(devices);
        List<IceServer> none = Collections.emptyList();
        MediaRequest request = new MediaRequest(true, video, none, devices, GATHERING_MS);
        probe.session = engine.open(request, probe);
        return probe;
    }

    String offer(boolean iceRestart) throws Exception {
        Waiting offer = new Waiting();
        session.createOffer(iceRestart, offer);
        lastOffer = offer.get();
        return lastOffer;
    }

    String answer(String offer, boolean video) throws Exception {
        Waiting answer = new Waiting();
        session.createAnswer(offer, video, answer);
        return answer.get();
    }

    void accept(String answer) throws Exception {
        Waiting done = new Waiting();
        session.setRemoteAnswer(answer, done);
        done.get();
    }

    void rollBack() throws Exception {
        Waiting done = new Waiting();
        session.rollback(done);
        done.get();
    }

    /** Why an offer cannot be answered. */
    String refusal(String offer) throws Exception {
        Waiting answer = new Waiting();
        session.createAnswer(offer, false, answer);
        return answer.failed.get(LIMIT_S, TimeUnit.SECONDS).getSentence();
    }

    MediaStats stats() throws Exception {
        CompletableFuture<MediaStats> figures = new CompletableFuture<>();
        session.getStats(new MediaSession.StatsResult() {
            @Override
            public void onStats(MediaStats stats) {
                figures.complete(stats);
            }

            @Override
            public void onFailed(SdkError error) {
                figures.completeExceptionally(new AssertionError(error.getSentence()));
            }
        });
        return figures.get(LIMIT_S, TimeUnit.SECONDS);
    }

    Sound hear() throws Exception {
        return devices.getEar().listen(PIECE_S).get(LIMIT_S, TimeUnit.SECONDS);
    }

    /** Listens to one piece after the other until one is as wanted. */
    void awaitSound(Predicate<Sound> wanted) throws Exception {
        for (double heard = 0; heard < LIMIT_S; heard += PIECE_S) {
            if (wanted.test(hear())) {
                return;
            }
        }
        fail("the sound was not as wanted within " + LIMIT_S + " s");
    }

    /** Looks whenever a piece of sound was heard: the picture has no clock to wait for. */
    void awaitBars(String bars) throws Exception {
        awaitSound(sound -> devices.getEye().getBars().equals(bars));
    }

    synchronized List<MediaState> states() {
        return new ArrayList<>(states);
    }

    synchronized int said() {
        return said;
    }

    synchronized void awaitState(MediaState state) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
        while (!states.contains(state)) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (leftMs <= 0) {
                fail("not " + state + " within " + LIMIT_S + " s, but " + states);
            }
            wait(leftMs);
        }
    }

    @Override
    public synchronized void onConnectionState(MediaState state) {
        said++;
        states.add(state);
        notifyAll();
    }

    @Override
    public synchronized void onRemoteVideo(boolean has) {
        said++;
        hasVideo.complete(has);
    }

    @Override
    public synchronized void onError(SdkError error) {
        said++;
    }

    @Override
    public synchronized void onSdp(String sdp) {
        said++;
    }

    @Override
    public synchronized void onFailed(SdkError error) {
        said++;
    }

    /** Waits for one result. */
    private static final class Waiting implements MediaSession.SdpResult, MediaSession.Result {
        private final CompletableFuture<String> done = new CompletableFuture<>();
        private final CompletableFuture<SdkError> failed = new CompletableFuture<>();

        String get() throws Exception {
            return done.get(LIMIT_S, TimeUnit.SECONDS);
        }

        @Override
        public void onSdp(String sdp) {
            done.complete(sdp);
        }

        @Override
        public void onDone() {
            done.complete("");
        }

        @Override
        public void onFailed(SdkError error) {
            failed.complete(error);
            done.completeExceptionally(new AssertionError(error.getSentence()));
        }
    }
}
