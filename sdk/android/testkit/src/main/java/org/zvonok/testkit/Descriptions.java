package org.zvonok.testkit;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.RTCAnswerOptions;
import dev.onvoid.webrtc.RTCIceGatheringState;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The steps by which a peer connection exchanges descriptions, each a future that goes on in the
 * rtc thread. A local description is whole: it is given out after gathering, or with the candidates
 * that there are when the time for that is over.
 */
final class Descriptions {
    private final ScheduledExecutorService rtc;
    private final RTCPeerConnection connection;
    private final int gatheringMillis;
    private CompletableFuture<Void> gathering = CompletableFuture.completedFuture(null);

    Descriptions(ScheduledExecutorService rtc, RTCPeerConnection connection, int gatheringMillis) {
        this.rtc = rtc;
        this.connection = connection;
        this.gatheringMillis = gatheringMillis;
    }

    CompletableFuture<String> offer(boolean iceRestart) {
        RTCOfferOptions options = new RTCOfferOptions();
        options.iceRestart = iceRestart;
        Created offer = new Created();
        connection.createOffer(options, offer);
        return next(offer.future, this::giveOut);
    }

    /** The answer to the remote description; {@code edit}: what becomes of it before it counts. */
    CompletableFuture<String> answer(Function<String, String> edit) {
        Created answer = new Created();
        connection.createAnswer(new RTCAnswerOptions(), answer);
        return next(answer.future, made -> {
            return giveOut(new RTCSessionDescription(made.sdpType, edit.apply(made.sdp)));
        });
    }

    CompletableFuture<Void> setRemote(RTCSdpType type, String sdp) {
        Applied set = new Applied();
        connection.setRemoteDescription(new RTCSessionDescription(type, sdp), set);
        return next(set.future, done -> CompletableFuture.completedFuture(null));
    }

    CompletableFuture<Void> rollBack() {
        Applied set = new Applied();
        RTCSessionDescription nothing = new RTCSessionDescription(RTCSdpType.ROLLBACK, "");
        connection.setLocalDescription(nothing, set);
        return next(set.future, done -> CompletableFuture.completedFuture(null));
    }

    /** In the rtc thread. */
    void onGathering(RTCIceGatheringState state) {
        if (state == RTCIceGatheringState.COMPLETE) {
            gathering.complete(null);
        }
    }

    private CompletableFuture<String> giveOut(RTCSessionDescription made) {
        RTCSessionDescription before = connection.getLocalDescription();
        String known = before == null ? "" : SdpText.ufrag(before.sdp);
        CompletableFuture<Void> gathered = new CompletableFuture<>();
        if (SdpText.ufrag(made.sdp).equals(known)) {
            gathered.complete(null); // no new candidates: libwebrtc will not say a word
        } else {
            rtc.schedule(() -> gathered.complete(null), gatheringMillis, TimeUnit.MILLISECONDS);
        }
        gathering = gathered;
        Applied set = new Applied();
        connection.setLocalDescription(made, set);
        return next(next(set.future, done -> gathered), done -> {
            return CompletableFuture.completedFuture(connection.getLocalDescription().sdp);
        });
    }

    private <T, R> CompletableFuture<R> next(
            CompletableFuture<T> before, Function<T, CompletableFuture<R>> step) {
        return before.thenComposeAsync(step, rtc);
    }

    private static final class Created implements CreateSessionDescriptionObserver {
        private final CompletableFuture<RTCSessionDescription> future = new CompletableFuture<>();

        @Override
        public void onSuccess(RTCSessionDescription made) {
            future.complete(made);
        }

        @Override
        public void onFailure(String error) {
            future.completeExceptionally(new IllegalStateException(error));
        }
    }

    private static final class Applied implements SetSessionDescriptionObserver {
        private final CompletableFuture<Void> future = new CompletableFuture<>();

        @Override
        public void onSuccess() {
            future.complete(null);
        }

        @Override
        public void onFailure(String error) {
            future.completeExceptionally(new IllegalStateException(error));
        }
    }
}
