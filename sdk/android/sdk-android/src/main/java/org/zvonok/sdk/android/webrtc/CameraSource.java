package org.zvonok.sdk.android.webrtc;

import android.Manifest;
import android.content.Context;
import android.content.pm.PackageManager;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.webrtc.Camera2Enumerator;
import org.webrtc.CameraVideoCapturer;
import org.webrtc.EglBase;
import org.webrtc.SurfaceTextureHelper;
import org.webrtc.VideoSource;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.android.CameraFacing;

/**
 * The camera of one call: closed unless its picture is needed, so that its light is out. On the rtc
 * thread. Switching is closing and opening: one way that has to work, not two. A camera that cannot
 * be opened is a fault that is told, and the call goes on without it.
 */
final class CameraSource {
    /** Most SIP phones decode this size and few a larger one; nothing on the way scales it. */
    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final int FRAMES_PER_SECOND = 30;

    private final Context context;
    private final Executor rtc;
    private final EglBase.Context egl;
    private final VideoSource target;
    private final Consumer<SdkError> faults;
    private CameraVideoCapturer capturer;
    private SurfaceTextureHelper helper;
    private CameraFacing facing;
    private String toldFault = "";

    CameraSource(Context context, Executor rtc, EglBase.Context egl, VideoSource target,
            Consumer<SdkError> faults) {
        this.context = context;
        this.rtc = rtc;
        this.egl = egl;
        this.target = target;
        this.faults = faults;
    }

    /** Opens the camera, or another one than before. A fault is told once until it is closed. */
    void open(CameraFacing wanted) {
        if (capturer != null && wanted == facing) {
            return;
        }
        stop();
        facing = wanted;
        if (context.checkSelfPermission(Manifest.permission.CAMERA)
                != PackageManager.PERMISSION_GRANTED) {
            tell("camera_permission");
            return;
        }
        Camera2Enumerator cameras = new Camera2Enumerator(context);
        String name = CameraChoice.choose(cameras.getDeviceNames(), cameras::isFrontFacing, wanted);
        if (name == null) {
            tell("camera_missing");
            return;
        }
        try {
            start(cameras, name);
        } catch (RuntimeException e) { // it has gone since it was listed, or there is no EGL
            stop();
            tell("camera_busy", e);
        }
    }

    void close() {
        toldFault = "";
        stop();
    }

    private void start(Camera2Enumerator cameras, String name) {
        CameraWatch watch = new CameraWatch();
        CameraVideoCapturer opened = cameras.createCapturer(name, watch);
        watch.of = opened;
        capturer = opened;
        helper = SurfaceTextureHelper.create("zvonok-camera", egl);
        if (helper == null) {
            throw new IllegalStateException("EGL has no texture for the camera's picture");
        }
        opened.initialize(helper, context, target.getCapturerObserver());
        opened.startCapture(WIDTH, HEIGHT, FRAMES_PER_SECOND);
    }

    private void stop() {
        CameraVideoCapturer last = capturer;
        if (last == null) {
            return;
        }
        SurfaceTextureHelper lastHelper = helper;
        capturer = null;
        helper = null;
        try {
            halt(last);
        } finally {
            if (lastHelper != null) {
                lastHelper.dispose();
            }
        }
    }

    private static void halt(CameraVideoCapturer last) {
        try {
            last.stopCapture();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        last.dispose();
    }

    private void tell(String cause) {
        tell(cause, null);
    }

    private void tell(String cause, RuntimeException why) {
        if (!cause.equals(toldFault)) {
            toldFault = cause;
            faults.accept(SdkError.of(cause, why));
        }
    }

    /**
     * Comes on the camera's thread; what concerns a camera that is not ours any more is nothing.
     */
    private final class CameraWatch implements CameraVideoCapturer.CameraEventsHandler {
        private volatile CameraVideoCapturer of;
        private volatile boolean seen;

        @Override
        public void onFirstFrameAvailable() {
            seen = true;
        }

        @Override
        public void onCameraError(String description) {
            lose(seen ? "camera_lost" : "camera_busy");
        }

        @Override
        public void onCameraDisconnected() {
            lose("camera_lost");
        }

        @Override
        public void onCameraFreezed(String description) {
            lose("camera_lost");
        }

        @Override
        public void onCameraOpening(String name) {
        }

        @Override
        public void onCameraClosed() {
        }

        private void lose(String cause) {
            rtc.execute(() -> {
                if (capturer != null && capturer == of) {
                    stop();
                    tell(cause);
                }
            });
        }
    }
}
