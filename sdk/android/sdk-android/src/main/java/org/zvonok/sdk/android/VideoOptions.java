package org.zvonok.sdk.android;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.webrtc.EglBase;
import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.sdk.spi.MediaOptions;

/**
 * Where a call's pictures are shown, which camera looks, and how the microphone is processed.
 * Unlike other options these can be changed while the call goes on, on any thread: an Activity that
 * is made anew gives its own renderers, and the call shows its pictures there.
 *
 * <p>Renderers are held weakly, so no call keeps an Activity alive. The SDK initialises them when
 * the call has video; the app does not, and calls {@link #detach} before its views go.
 */
public final class VideoOptions implements MediaOptions {
    /** Told of changes; for media engines. */
    public interface Listener {
        /** Something is another than before. Called on the thread that changed it. */
        void onChanged();
    }

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile WeakReference<SurfaceViewRenderer> local = new WeakReference<>(null);
    private volatile WeakReference<SurfaceViewRenderer> remote = new WeakReference<>(null);
    private volatile MediaConstraints audioConstraints = new MediaConstraints();
    private volatile CameraFacing camera = CameraFacing.FRONT;

    /** Shows nothing yet; the camera at the front. */
    public VideoOptions() {
    }

    /**
     * Shows the own picture.
     *
     * @param renderer where; null: nowhere
     * @return this
     */
    public VideoOptions setLocalRenderer(SurfaceViewRenderer renderer) {
        Renderers.release(local.get(), renderer);
        local = new WeakReference<>(renderer);
        return changed();
    }

    /**
     * Shows the far end's picture.
     *
     * @param renderer where; null: nowhere
     * @return this
     */
    public VideoOptions setRemoteRenderer(SurfaceViewRenderer renderer) {
        Renderers.release(remote.get(), renderer);
        remote = new WeakReference<>(renderer);
        return changed();
    }

    /**
     * Shows no picture any more and frees what the renderers hold; to be called when their views
     * go.
     *
     * @return this
     */
    public VideoOptions detach() {
        return setLocalRenderer(null).setRemoteRenderer(null);
    }

    /**
     * Chooses the camera, also while it is open.
     *
     * @param facing which one; a device that has only the other uses that
     * @return this
     */
    public VideoOptions setCamera(CameraFacing facing) {
        camera = facing;
        return changed();
    }

    /**
     * Sets how libwebrtc processes the microphone. Counts for calls that begin after it. Keys that
     * it does not know, such as {@code googEchoCancellation2}, have no effect.
     *
     * @param constraints such as {@code googEchoCancellation}; null: libwebrtc's own choice
     * @return this
     */
    public VideoOptions setAudioConstraints(MediaConstraints constraints) {
        audioConstraints = constraints == null ? new MediaConstraints() : constraints;
        return changed();
    }

    /**
     * Where the own picture is shown.
     *
     * @return null: nowhere, or the view is gone
     */
    public SurfaceViewRenderer getLocalRenderer() {
        return local.get();
    }

    /**
     * Where the far end's picture is shown.
     *
     * @return null: nowhere, or the view is gone
     */
    public SurfaceViewRenderer getRemoteRenderer() {
        return remote.get();
    }

    /**
     * The camera that was chosen.
     *
     * @return never null
     */
    public CameraFacing getCamera() {
        return camera;
    }

    /**
     * How the microphone is processed.
     *
     * @return never null; may be filled in before the call
     */
    public MediaConstraints getAudioConstraints() {
        return audioConstraints;
    }

    /**
     * Makes the renderers ready to draw, where they are not; for media engines, after each change.
     *
     * @param egl the context that the pictures are of
     */
    public void prepare(EglBase.Context egl) {
        Renderers.prepare(getLocalRenderer(), egl);
        Renderers.prepare(getRemoteRenderer(), egl);
    }

    /**
     * Adds a listener; for media engines.
     *
     * @param listener gets changes
     */
    public void addListener(Listener listener) {
        listeners.add(listener);
    }

    /**
     * Removes a listener.
     *
     * @param listener gets nothing more
     */
    public void removeListener(Listener listener) {
        listeners.remove(listener);
    }

    private VideoOptions changed() {
        for (Listener listener : listeners) {
            listener.onChanged();
        }
        return this;
    }
}
