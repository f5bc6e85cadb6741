package org.zvonok.sdk.android.webrtc;

import android.content.Context;
import android.os.Handler;
import android.os.HandlerThread;
import android.util.Log;
import org.zvonok.sdk.spi.MediaEngine;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.Scheduler;

/**
 * Calls by libwebrtc: one factory and one thread for all of them. The native library is loaded by
 * the first call, so an app that makes none does not pay for it.
 */
public final class AndroidMediaEngine implements MediaEngine {
    private final Context context;
    private final Scheduler rtc;
    private final MicrophoneFaults microphone = new MicrophoneFaults();
    /** Only on the rtc thread. */
    private RtcFactory factory;

    /**
     * An engine; one for the process.
     *
     * @param context of the application
     */
    public AndroidMediaEngine(Context context) {
        this.context = context;
        HandlerThread thread = new HandlerThread("zvonok-rtc");
        thread.start();
        rtc = new HandlerScheduler(new Handler(thread.getLooper()));
    }

    @Override
    public MediaSession open(MediaRequest request, MediaSession.Observer observer) {
        return new PeerSession(rtc, events -> peer(request, events), request, observer,
                Log::println);
    }

    private Peer peer(MediaRequest request, Peer.Events events) {
        if (factory == null) {
            factory = new RtcFactory(context, microphone);
        }
        return new WebRtcPeer(context, rtc, factory, microphone, request, events);
    }
}
