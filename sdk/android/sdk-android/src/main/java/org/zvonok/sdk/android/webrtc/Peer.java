package org.zvonok.sdk.android.webrtc;

import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;

/**
 * What {@link PeerSession} needs of a peer connection, so that what is decided can be tested
 * without libwebrtc. All of it on the rtc thread, results and events too; each step has one result.
 */
interface Peer {
    /** The kinds of a description. */
    enum Kind { OFFER, ANSWER, ROLLBACK }

    /** Opens one. */
    interface Factory {
        /** @throws RuntimeException when libwebrtc cannot */
        Peer open(Events events);
    }

    /** How a step of libwebrtc ended. */
    interface Done {
        /** @param sdp of a description that was made; empty for one that was set */
        void onDone(String sdp);

        /** @param why libwebrtc's own words */
        void onFailed(String why);
    }

    /** What happens by itself. */
    interface Events {
        void onState(MediaState state);

        /** All candidates of the local description are there. */
        void onGathered();

        void onError(SdkError error);
    }

    /** What keeps sound from being recorded; null: nothing. */
    SdkError microphoneLack();

    /** Puts the microphone in: into the place that the far end's offer has for it, or a new one. */
    void addAudio();

    /** Puts the own picture in, in both directions, in the same way; again and again is fine. */
    void addVideo();

    /** Refuses the video that the far end has offered. */
    void refuseVideo();

    void createOffer(boolean iceRestart, Done done);

    void createAnswer(Done done);

    void setLocal(Kind kind, String sdp, Done done);

    void setRemote(Kind kind, String sdp, Done done);

    /** With all candidates so far; empty: none. */
    String localSdp();

    /** Empty: none. */
    String remoteSdp();

    /** The far end hears us. */
    void setSpeaks(boolean speaks);

    /** We hear the far end. */
    void setHears(boolean hears);

    /** Opens or closes the camera; what is wrong with it is told as an event. */
    void setCamera(boolean open);

    void getStats(MediaSession.StatsResult result);

    /** Once; no event comes after it. */
    void close();
}
