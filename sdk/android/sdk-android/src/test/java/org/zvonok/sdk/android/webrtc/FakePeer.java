package org.zvonok.sdk.android.webrtc;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.MediaSession;

/** A peer connection that says what it was told, and whose steps end when a test says so. */
final class FakePeer implements Peer {
    final List<String> told = new ArrayList<>();
    Events events;
    Done step;
    SdkError lack;
    String local = "";
    String remote = "";
    boolean speaks;
    boolean hears;
    boolean camera;
    boolean closed;
    /** Thrown by what opens or closes the camera. */
    RuntimeException cameraFault;
    /** Thrown by what reads the own description. */
    RuntimeException localFault;

    @Override
    public SdkError microphoneLack() {
        return lack;
    }

    @Override
    public void addAudio() {
        told.add("addAudio");
    }

    @Override
    public void addVideo() {
        told.add("addVideo");
    }

    @Override
    public void refuseVideo() {
        told.add("refuseVideo");
    }

    @Override
    public void createOffer(boolean iceRestart, Done done) {
        told.add(iceRestart ? "createOffer restart" : "createOffer");
        step = done;
    }

    @Override
    public void createAnswer(Done done) {
        told.add("createAnswer");
        step = done;
    }

    @Override
    public void setLocal(Kind kind, String sdp, Done done) {
        told.add("setLocal " + kind);
        local = sdp;
        step = done;
    }

    @Override
    public void setRemote(Kind kind, String sdp, Done done) {
        told.add("setRemote " + kind);
        remote = sdp;
        step = done;
    }

    @Override
    public String localSdp() {
        if (localFault != null) {
            throw localFault;
        }
        return local;
    }

    @Override
    public String remoteSdp() {
        return remote;
    }

    @Override
    public void setSpeaks(boolean speaks) {
        this.speaks = speaks;
    }

    @Override
    public void setHears(boolean hears) {
        this.hears = hears;
    }

    @Override
    public void setCamera(boolean open) {
        if (cameraFault != null) {
            throw cameraFault;
        }
        camera = open;
    }

    @Override
    public void getStats(MediaSession.StatsResult result) {
        result.onStats(MediaStats.builder().packetsSent(7).build());
    }

    @Override
    public void close() {
        told.add("close");
        closed = true;
        if (cameraFault != null) {
            throw cameraFault;
        }
    }
}
