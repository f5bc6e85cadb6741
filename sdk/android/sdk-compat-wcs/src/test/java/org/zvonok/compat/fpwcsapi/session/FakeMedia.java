package org.zvonok.compat.fpwcsapi.session;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.spi.MediaEngine;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;

/** Media that always succeeds at once, and writes down what it is asked for. */
final class FakeMedia implements MediaEngine {
    private static final String SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

    final List<MediaRequest> requests = new ArrayList<>();
    final List<String> asked = new ArrayList<>();

    @Override
    public MediaSession open(MediaRequest request, MediaSession.Observer observer) {
        requests.add(request);
        return new Session(observer);
    }

    private final class Session implements MediaSession {
        private final Observer observer;

        Session(Observer observer) {
            this.observer = observer;
        }

        @Override
        public void createOffer(boolean iceRestart, SdpResult result) {
            result.onSdp(SDP);
        }

        @Override
        public void createAnswer(String remoteOffer, boolean video, SdpResult result) {
            asked.add("answer video " + video);
            result.onSdp(SDP);
            observer.onConnectionState(MediaState.CONNECTED);
        }

        @Override
        public void setRemoteAnswer(String sdp, Result result) {
            result.onDone();
            observer.onConnectionState(MediaState.CONNECTED);
        }

        @Override
        public void rollback(Result result) {
            result.onDone();
        }

        @Override
        public void setAudioMuted(boolean muted) {
            asked.add("audio muted " + muted);
        }

        @Override
        public void setVideoMuted(boolean muted) {
            asked.add("video muted " + muted);
        }

        @Override
        public void setHeld(boolean held) {
            asked.add("held " + held);
        }

        @Override
        public void getStats(StatsResult result) {
            throw new UnsupportedOperationException("nobody asks here");
        }

        @Override
        public void close() {
            asked.add("closed");
        }
    }
}
