package org.zvonok.testkit;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.media.audio.HeadlessAudioDeviceModule;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.zvonok.sdk.spi.MediaEngine;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;

/**
 * Real media without a phone: libwebrtc for desktops (webrtc-java) does ICE, DTLS and SRTP, and
 * codes and decodes sound and picture, headless. One factory and one thread for all sessions; they
 * live as long as the program, which has to end by {@link System#exit}, since libwebrtc's own
 * threads are not told to stop.
 */
public final class DesktopMediaEngine implements MediaEngine {
    private final ScheduledExecutorService rtc =
            Executors.newSingleThreadScheduledExecutor(r -> Threads.named(r, "zvonok-rtc"));
    private final MediaClock clock = new MediaClock();
    private final HeadlessAudioDeviceModule sound = new HeadlessAudioDeviceModule();
    private final PeerConnectionFactory factory;

    /** Loads libwebrtc. */
    public DesktopMediaEngine() {
        // Before the factory, always: libwebrtc then cannot attach to the capture side of the
        // module. That side would feed what was received into every sender, on a second thread, and
        // the process aborts: "RaceDetected" in audio_send_stream.cc, for which
        // https://github.com/devopvoid/webrtc-java/issues/217 has the cause.
        sound.initPlayout();
        sound.startPlayout();
        factory = new PeerConnectionFactory(sound);
    }

    @Override
    public MediaSession open(MediaRequest request, MediaSession.Observer observer) {
        DesktopMediaSession session = new DesktopMediaSession(this, request, observer);
        session.open();
        return session;
    }

    ScheduledExecutorService rtc() {
        return rtc;
    }

    MediaClock clock() {
        return clock;
    }

    PeerConnectionFactory factory() {
        return factory;
    }
}
