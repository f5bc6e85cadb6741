package org.zvonok.compatcheck;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.compat.fpwcsapi.spi.AudioSwitches;
import org.zvonok.compat.fpwcsapi.spi.Backend;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.net.ThreadScheduler;
import org.zvonok.sdk.net.WebSocketTransports;
import org.zvonok.sdk.spi.MediaOptions;
import org.zvonok.testkit.DesktopMedia;
import org.zvonok.testkit.DesktopMediaEngine;
import org.zvonok.testkit.Trust;

/** The surface on a JVM: real media by testkit's engine, real sockets, one thread for callbacks. */
final class DesktopBackend implements Backend {
    private final Platform platform;
    private volatile DesktopMedia newest;

    /** {@code authorities}: the certificates that the gateway's has to come from. */
    DesktopBackend(Path authorities) throws Exception {
        ExecutorService callbacks = Executors.newSingleThreadExecutor();
        WebSocketTransports transports =
                WebSocketTransports.builder().sslContext(Trust.of(authorities)).build();
        platform = Platform.builder()
                .media(new DesktopMediaEngine())
                .transports(transports)
                .scheduler(new ThreadScheduler(DesktopBackend::log))
                .callbacks(callbacks)
                .log(DesktopBackend::log)
                .build();
    }

    /** Where the newest call is heard and seen. */
    DesktopMedia newestMedia() {
        return newest;
    }

    @Override
    public Session createSession() {
        return new Session(platform, SdkConfig.builder().build());
    }

    @Override
    public MediaOptions createMediaOptions(
            SurfaceViewRenderer local, SurfaceViewRenderer remote, MediaConstraints audio) {
        newest = new DesktopMedia();
        return newest;
    }

    @Override
    public void releaseMediaOptions(MediaOptions options) {
        // Nothing is drawn here.
    }

    @Override
    public AudioSwitches getAudioSwitches() {
        throw new UnsupportedOperationException("a JVM has no earpiece");
    }

    private static void log(int level, String tag, String text) {
        System.err.println(level + " " + tag + ": " + text);
    }
}
