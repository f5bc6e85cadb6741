package org.zvonok.sdk.spi;

/** Makes the media of calls: microphone, peer connection, picture. */
public interface MediaEngine {
    /**
     * Media for one call. Called on the scheduler's thread, so it must not block: what takes time
     * is done on the engine's own thread, and what fails is told by the first step of the session.
     *
     * @param request what the call needs
     * @param observer is told how the media is, on any thread
     * @return the media, which the core closes
     */
    MediaSession open(MediaRequest request, MediaSession.Observer observer);
}
