package org.zvonok.sdk.test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;

/**
 * The media of a call without any: descriptions are made up, and it is connected when it is told
 * so. It refuses to be used as a real one could not be: two steps at once, an answer without an
 * offer, anything after its end.
 */
public final class FakeMediaSession implements MediaSession {
    /** What it was opened for. */
    public final MediaRequest request;
    /** What was asked of it: {@code offer}, {@code restart}, {@code answer}, {@code accept} … */
    public final List<String> steps = new ArrayList<>();
    /** What the SDK wants it to be. */
    public boolean audioMuted;
    /** What the SDK wants it to be. */
    public boolean videoMuted;
    /** What the SDK wants it to be. */
    public boolean held;
    /** It was closed. */
    public boolean closed;

    private final Observer observer;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final Queue<Consumer<SdkError>> failing = new ArrayDeque<>();
    private final boolean byHand;
    private boolean video;
    private boolean hasOffer;
    private int version;

    FakeMediaSession(MediaRequest request, Observer observer, boolean byHand) {
        this.request = request;
        this.observer = observer;
        this.byHand = byHand;
        video = request.video;
    }

    /* ---- what the test does ---- */

    /**
     * How many steps wait for their result.
     *
     * @return 0 or 1
     */
    public int waiting() {
        return waiting.size();
    }

    /** The oldest step that waits succeeds. */
    public void finish() {
        failing.remove();
        waiting.remove().run();
    }

    /** The oldest step that waits fails. */
    public void fail() {
        failWith(SdkError.of("microphone_busy"));
    }

    /**
     * The oldest step that waits fails.
     *
     * @param error why
     */
    public void failWith(SdkError error) {
        waiting.remove();
        failing.remove().accept(error);
    }

    /**
     * The connection changes.
     *
     * @param state to this
     */
    public void become(MediaState state) {
        observer.onConnectionState(state);
    }

    /**
     * The far end's picture comes or goes.
     *
     * @param has it comes
     */
    public void showRemoteVideo(boolean has) {
        observer.onRemoteVideo(has);
    }

    /**
     * Something goes wrong beside.
     *
     * @param error what
     */
    public void warn(SdkError error) {
        observer.onError(error);
    }

    /* ---- what the SDK asks for ---- */

    @Override
    public void createOffer(boolean iceRestart, SdpResult result) {
        need(!hasOffer, "an offer is out already");
        begin(iceRestart ? "restart" : "offer");
        perform(() -> {
            hasOffer = true;
            result.onSdp(sdp(video));
        }, result::onFailed);
    }

    @Override
    public void createAnswer(String remoteOffer, boolean withVideo, SdpResult result) {
        need(!hasOffer, "an offer is out");
        begin("answer");
        perform(() -> {
            video = withVideo && remoteOffer.contains("m=video 9");
            result.onSdp(sdp(video));
        }, result::onFailed);
    }

    @Override
    public void setRemoteAnswer(String sdp, Result result) {
        need(hasOffer, "there is no offer that this could answer");
        begin("accept");
        perform(() -> {
            hasOffer = false;
            video = video && sdp.contains("m=video 9");
            result.onDone();
        }, result::onFailed);
    }

    @Override
    public void rollback(Result result) {
        need(hasOffer, "there is no offer to take back");
        begin("rollback");
        perform(() -> {
            hasOffer = false;
            result.onDone();
        }, result::onFailed);
    }

    @Override
    public void setAudioMuted(boolean muted) {
        need(true, "");
        audioMuted = muted;
    }

    @Override
    public void setVideoMuted(boolean muted) {
        need(true, "");
        videoMuted = muted;
    }

    @Override
    public void setHeld(boolean isHeld) {
        need(true, "");
        held = isHeld;
    }

    @Override
    public void getStats(StatsResult result) {
        need(true, "");
        result.onStats(MediaStats.builder().audioCodec("opus").build());
    }

    @Override
    public void close() {
        closed = true;
        waiting.clear();
        failing.clear();
    }

    private void begin(String step) {
        need(waiting.isEmpty(), "a step is under way");
        steps.add(step);
    }

    private void need(boolean holds, String otherwise) {
        if (closed || !holds) {
            throw new AssertionError(closed ? "the media is closed" : otherwise);
        }
    }

    private void perform(Runnable good, Consumer<SdkError> bad) {
        if (byHand) {
            waiting.add(good);
            failing.add(bad);
        } else {
            good.run();
        }
    }

    /**
     * A description that tells what matters here.
     *
     * @param withVideo it has a picture
     * @return the text
     */
    public String sdp(boolean withVideo) {
        return "v=0\r\no=- 1 " + ++version + " IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
                + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                + (withVideo ? "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n" : "");
    }
}
