package org.zvonok.sdk.spi;

import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;

/**
 * The media of one call. The core calls on the scheduler's thread, one step at a time: the next
 * description is asked for when the one before has its result. Results and events come on any
 * thread; each step has exactly one result, and one that fails leaves all as it was before. A step
 * that takes longer than the core's own limit ends the call.
 *
 * <p>Descriptions are whole: all candidates are inside, and none follow.
 */
public interface MediaSession {
    /**
     * Makes an offer, and sets it as local description.
     *
     * @param iceRestart true: look for a new path, with new ICE credentials, for the call that goes
     *     on
     * @param result gets the offer
     */
    void createOffer(boolean iceRestart, SdpResult result);

    /**
     * Takes an offer of the gateway and makes the answer to it: the first one of an incoming call,
     * or in a running one.
     *
     * @param remoteOffer the offer
     * @param video take part in the picture, if one is offered; false: refuse it
     * @param result gets the answer
     */
    void createAnswer(String remoteOffer, boolean video, SdpResult result);

    /**
     * Takes the answer to the last offer.
     *
     * @param sdp the answer
     * @param result is told when it is taken
     */
    void setRemoteAnswer(String sdp, Result result);

    /**
     * Takes the last offer back, which got no answer: all is as it was before it.
     *
     * @param result is told when that is done
     */
    void rollback(Result result);

    /**
     * Switches the microphone off or on.
     *
     * @param muted true: the far end hears nothing
     */
    void setAudioMuted(boolean muted);

    /**
     * Switches the own picture off or on.
     *
     * @param muted true: the far end sees black
     */
    void setVideoMuted(boolean muted);

    /**
     * Puts the call aside: nothing is sent or heard until it is taken up again. Independent of
     * mute.
     *
     * @param held true: aside
     */
    void setHeld(boolean held);

    /**
     * Measures.
     *
     * @param result gets the figures
     */
    void getStats(StatsResult result);

    /** Frees microphone, camera and connection. May be called twice; no event comes after it. */
    void close();

    /** What happens to the media, on any thread. */
    interface Observer {
        /**
         * The connection is another than before.
         *
         * @param state what it is now
         */
        void onConnectionState(MediaState state);

        /**
         * The far end's picture has come or gone.
         *
         * @param has true: there is one
         */
        void onRemoteVideo(boolean has);

        /**
         * Something is wrong, such as a camera that stopped, and the call goes on.
         *
         * @param error what
         */
        void onError(SdkError error);
    }

    /** How a step ended that makes a description. */
    interface SdpResult {
        /**
         * It was made.
         *
         * @param sdp the whole description
         */
        void onSdp(String sdp);

        /**
         * It was not.
         *
         * @param error why
         */
        void onFailed(SdkError error);
    }

    /** How a step ended. */
    interface Result {
        /** It is done. */
        void onDone();

        /**
         * It could not be done.
         *
         * @param error why
         */
        void onFailed(SdkError error);
    }

    /** The end of a measurement. */
    interface StatsResult {
        /**
         * It is done.
         *
         * @param stats the figures
         */
        void onStats(MediaStats stats);

        /**
         * It could not be done.
         *
         * @param error why
         */
        void onFailed(SdkError error);
    }
}
