package org.zvonok.sdk;

import java.util.function.Consumer;
import org.zvonok.sdk.spi.MediaOptions;
import org.zvonok.sdk.spi.Scheduler;

/**
 * A call as it shows: what getters answer, on any thread, and what listeners are told. Written by
 * the call's machine alone; once the call has ended nothing is told any more.
 */
final class CallHub {
    private final Call call;
    private final Scheduler scheduler;
    private final Listeners<CallListener> listeners;
    private volatile String caller;
    private volatile CallState state;
    private volatile String wireStatus;
    private volatile CallEnd end;
    private volatile EndReport report;
    private volatile boolean reconnecting;
    private volatile boolean audioMuted;
    private volatile boolean videoMuted;
    private volatile boolean hasVideo;
    private volatile boolean hasRemoteVideo;
    private volatile Quality quality;
    private volatile Verdict verdict;
    private volatile MediaOptions mediaOptions;

    CallHub(Call call, Platform platform, CallOrigin origin) {
        this.call = call;
        scheduler = platform.scheduler();
        listeners = new Listeners<>(platform);
        caller = origin.caller;
        state = origin.incoming ? CallState.RINGING : CallState.NEW;
        wireStatus = origin.incoming ? "RING" : "NEW";
        hasVideo = origin.offersVideo();
        mediaOptions = origin.options == null ? null : origin.options.getMediaOptions();
    }

    Call call() {
        return call;
    }

    /* ---- listeners ---- */

    void addListener(CallListener listener) {
        Object added = listeners.add(listener);
        if (added != null) {
            scheduler.execute(() -> listeners.activate(added, currentState()));
        }
    }

    void removeListener(CallListener listener) {
        listeners.remove(listener);
    }

    /** What a late listener is told: only on the scheduler's thread, where it cannot change. */
    private Consumer<CallListener> currentState() {
        CallState now = state;
        String status = wireStatus;
        CallEnd ended = end;
        boolean away = reconnecting;
        return listener -> {
            tellState(listener, now, status, ended);
            if (away && now != CallState.ENDED) {
                listener.onReconnecting(call, true);
            }
        };
    }

    private void tellState(CallListener listener, CallState now, String status, CallEnd ended) {
        switch (now) {
            case CONNECTING:
                if (status.equals("TRYING")) {
                    listener.onTrying(call);
                }
                return;
            case RINGING:
                listener.onRinging(call);
                return;
            case ACTIVE:
                listener.onEstablished(call);
                return;
            case HELD:
                listener.onHold(call);
                return;
            case ENDED:
                listener.onEnded(call, ended);
                return;
            default:
                return;
        }
    }

    /* ---- what the machine says ---- */

    void setCaller(String caller) {
        this.caller = caller;
    }

    /** Another state, or the same anew; tells it. */
    void become(CallState now, String status) {
        if (end != null) {
            return;
        }
        state = now;
        wireStatus = status;
        tell(listener -> tellState(listener, now, status, null));
    }

    /** A step within a state, of which nobody is told. */
    void setWireStatus(String status) {
        if (end == null) {
            wireStatus = status;
        }
    }

    void end(CallEnd how) {
        if (end != null) {
            return;
        }
        wireStatus = statusOf(how.getKind());
        state = CallState.ENDED;
        reconnecting = false;
        end = how;
        listeners.tell(listener -> listener.onEnded(call, how));
    }

    private static String statusOf(CallEnd.Kind kind) {
        return kind == CallEnd.Kind.FINISHED ? "FINISH" : kind.name();
    }

    void setReport(EndReport report) {
        this.report = report;
    }

    void setReconnecting(boolean is) {
        if (reconnecting == is || end != null) {
            return;
        }
        reconnecting = is;
        tell(listener -> listener.onReconnecting(call, is));
    }

    void setAudioMuted(boolean muted) {
        audioMuted = muted;
    }

    void setVideoMuted(boolean muted) {
        videoMuted = muted;
    }

    void setVideo(boolean has, boolean remote) {
        if (hasVideo == has && hasRemoteVideo == remote) {
            return;
        }
        hasVideo = has;
        hasRemoteVideo = remote;
        tell(listener -> listener.onVideo(call, has));
    }

    void setQuality(Quality quality) {
        this.quality = quality;
        tell(listener -> listener.onQuality(call, quality));
    }

    void setVerdict(Verdict verdict) {
        this.verdict = verdict;
        tell(listener -> listener.onVerdict(call, verdict));
    }

    void warn(SdkError error) {
        tell(listener -> listener.onWarning(call, error));
    }

    void tellDtmf(String digit) {
        tell(listener -> listener.onDtmf(call, digit));
    }

    void tellTransfer(String status) {
        tell(listener -> listener.onTransfer(call, status));
    }

    void tellStats(StatsListener listener, MediaStats stats) {
        listeners.execute(() -> listener.onStats(call, stats));
    }

    private void tell(Consumer<CallListener> event) {
        if (end == null) {
            listeners.tell(event);
        }
    }

    /* ---- getters ---- */

    String caller() {
        return caller;
    }

    CallState state() {
        return state;
    }

    String wireStatus() {
        return wireStatus;
    }

    CallEnd end() {
        return end;
    }

    EndReport report() {
        return report;
    }

    boolean isReconnecting() {
        return reconnecting;
    }

    boolean isAudioMuted() {
        return audioMuted;
    }

    boolean isVideoMuted() {
        return videoMuted;
    }

    boolean hasVideo() {
        return hasVideo;
    }

    boolean hasRemoteVideo() {
        return hasRemoteVideo;
    }

    Quality quality() {
        return quality;
    }

    Verdict verdict() {
        return verdict;
    }

    MediaOptions mediaOptions() {
        return mediaOptions;
    }

    void setMediaOptions(MediaOptions options) {
        mediaOptions = options;
    }
}
