package org.zvonok.sdk.android;

import android.os.Handler;
import android.os.Looper;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.webrtc.EglBase;
import org.webrtc.SurfaceViewRenderer;

/**
 * Which views the SDK has made ready to draw: libwebrtc wants that done once, undone once, and on
 * the main thread.
 */
final class Renderers {
    private static final Handler MAIN = new Handler(Looper.getMainLooper());
    /** Only on the main thread. */
    private static final Set<SurfaceViewRenderer> READY =
            Collections.newSetFromMap(new WeakHashMap<>());

    private Renderers() {
    }

    /** Null is no view. */
    static void prepare(SurfaceViewRenderer view, EglBase.Context egl) {
        onMain(() -> {
            if (view != null && READY.add(view)) {
                view.init(egl, null);
            }
        });
    }

    /** Frees `view`, which `next` takes the place of; null is no view. */
    static void release(SurfaceViewRenderer view, SurfaceViewRenderer next) {
        if (view == null || view == next) {
            return;
        }
        onMain(() -> {
            if (READY.remove(view)) {
                view.release();
            }
        });
    }

    private static void onMain(Runnable work) {
        if (Looper.myLooper() == Looper.getMainLooper()) {
            work.run();
        } else {
            MAIN.post(work);
        }
    }
}
