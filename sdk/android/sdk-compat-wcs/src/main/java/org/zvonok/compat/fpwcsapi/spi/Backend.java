package org.zvonok.compat.fpwcsapi.spi;

import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.spi.MediaOptions;

/**
 * What the surface stands on. {@code Flashphoner.init} brings Android's; a test gives its own, with
 * other media and without a device, to {@code Flashphoner.setBackend}.
 */
public interface Backend {
    /**
     * A session of Zvonok's SDK.
     *
     * @return a new one, not connected
     */
    Session createSession();

    /**
     * What a call asks of the media engine, in the engine's own terms.
     *
     * @param local where the own picture is shown; may be null
     * @param remote where the far end's picture is shown; may be null
     * @param audio what is asked of the microphone's sound
     * @return may be null: nothing special
     */
    MediaOptions createMediaOptions(
            SurfaceViewRenderer local, SurfaceViewRenderer remote, MediaConstraints audio);

    /**
     * No call will show pictures by these options any more: their renderers are free.
     *
     * @param options from {@link #createMediaOptions}; may be null
     */
    void releaseMediaOptions(MediaOptions options);

    /**
     * The switches for the sound of calls.
     *
     * @return always the same
     */
    AudioSwitches getAudioSwitches();
}
