package org.zvonok.sdk.android.webrtc;

import org.webrtc.EglBase;
import org.webrtc.SurfaceViewRenderer;
import org.webrtc.VideoFrame;
import org.webrtc.VideoSink;
import org.zvonok.sdk.android.VideoOptions;

/**
 * Brings a call's pictures to where its {@link VideoOptions} say, frame by frame, so that views can
 * come and go without the call being told. A view that is not ready drops what it gets.
 */
final class Pictures {
    private final VideoOptions options;
    private final EglBase.Context egl;
    private final VideoSink local;
    private final VideoSink remote;

    Pictures(VideoOptions options, EglBase.Context egl) {
        this.options = options;
        this.egl = egl;
        local = frame -> show(options.getLocalRenderer(), frame);
        remote = frame -> show(options.getRemoteRenderer(), frame);
    }

    VideoSink local() {
        return local;
    }

    VideoSink remote() {
        return remote;
    }

    void prepare() {
        options.prepare(egl);
    }

    /** The last frame does not stay when there is no more. */
    void clearLocal() {
        clear(options.getLocalRenderer());
    }

    void clearRemote() {
        clear(options.getRemoteRenderer());
    }

    private static void show(SurfaceViewRenderer view, VideoFrame frame) {
        if (view != null) {
            view.onFrame(frame);
        }
    }

    private static void clear(SurfaceViewRenderer view) {
        if (view != null) {
            view.clearImage();
        }
    }
}
