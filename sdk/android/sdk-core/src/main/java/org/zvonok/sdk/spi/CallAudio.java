package org.zvonok.sdk.spi;

/** The device's audio for calls: mode, focus and route follow what this is told. */
public interface CallAudio {
    /**
     * How many calls there are, of all sessions of one platform. Called on the scheduler's thread
     * whenever one of the values has changed.
     *
     * @param liveCalls calls that need microphone and ear: all but those that ring here and wait
     *     for
     *     an answer
     * @param anyVideo one of those has a picture
     * @param anyRinging an incoming call waits for an answer
     */
    void onCalls(int liveCalls, boolean anyVideo, boolean anyRinging);
}
