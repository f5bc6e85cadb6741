package org.zvonok.sdk.android.webrtc;

import org.webrtc.CandidatePairChangeEvent;
import org.webrtc.DataChannel;
import org.webrtc.IceCandidate;
import org.webrtc.MediaStream;
import org.webrtc.PeerConnection;

/**
 * The events of libwebrtc that nobody needs: candidates go out inside the description, and states
 * are taken from {@code onConnectionChange} alone.
 */
abstract class PeerObserver implements PeerConnection.Observer {
    @Override
    public void onSignalingChange(PeerConnection.SignalingState state) {
    }

    @Override
    public void onIceConnectionChange(PeerConnection.IceConnectionState state) {
    }

    @Override
    public void onIceConnectionReceivingChange(boolean receiving) {
    }

    @Override
    public void onIceCandidate(IceCandidate candidate) {
    }

    @Override
    public void onIceCandidatesRemoved(IceCandidate[] candidates) {
    }

    @Override
    public void onSelectedCandidatePairChanged(CandidatePairChangeEvent event) {
    }

    @Override
    public void onAddStream(MediaStream stream) {
    }

    @Override
    public void onRemoveStream(MediaStream stream) {
    }

    @Override
    public void onDataChannel(DataChannel channel) {
    }

    @Override
    public void onRenegotiationNeeded() {
    }
}
