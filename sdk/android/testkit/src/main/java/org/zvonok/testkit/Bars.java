package org.zvonok.testkit;

import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.NativeI420Buffer;
import dev.onvoid.webrtc.media.video.VideoFrame;
import java.nio.ByteBuffer;

/**
 * In place of a camera: three upright bars of 320×240, 15 frames a second, with a grey mark below
 * that moves, as the other test peers send them. A camera that is off gives black frames itself: of
 * a track that is switched off libwebrtc makes some for its own sources only.
 */
final class Bars implements MediaClock.Source {
    static final int WIDTH = 320;
    static final int HEIGHT = 240;
    private static final int FRAMES_PER_SECOND = 15;
    private static final int MARK = 16;
    private static final int MARK_TOP = HEIGHT * 4 / 5;
    private static final int GREY = 128;

    private final CustomVideoSource out;
    private final Colour[] colours;
    private long ticks;
    private long frames;
    private volatile boolean isShown = true;

    Bars(CustomVideoSource out, Colour[] colours) {
        this.out = out;
        this.colours = colours;
    }

    void setShown(boolean isShown) {
        this.isShown = isShown;
    }

    @Override
    public void tick() {
        if (ticks++ * FRAMES_PER_SECOND < frames * MediaClock.TICKS_PER_SECOND) {
            return;
        }
        NativeI420Buffer buffer = NativeI420Buffer.allocate(WIDTH, HEIGHT);
        draw(buffer);
        VideoFrame frame = new VideoFrame(buffer, System.nanoTime());
        out.pushFrame(frame);
        frame.release();
        frames++;
    }

    private void draw(NativeI420Buffer buffer) {
        byte[] luma = new byte[WIDTH];
        byte[] cb = new byte[WIDTH / 2];
        byte[] cr = new byte[WIDTH / 2];
        for (int x = 0; x < WIDTH; x++) {
            Colour colour = isShown ? colours[x * colours.length / WIDTH] : Colour.BLACK;
            luma[x] = (byte) colour.y();
            cb[x / 2] = (byte) colour.u();
            cr[x / 2] = (byte) colour.v();
        }
        fill(buffer.getDataY(), buffer.getStrideY(), luma, HEIGHT);
        fill(buffer.getDataU(), buffer.getStrideU(), cb, HEIGHT / 2);
        fill(buffer.getDataV(), buffer.getStrideV(), cr, HEIGHT / 2);
        if (!isShown) {
            return;
        }
        int left = (int) (8 * frames % (WIDTH - MARK));
        mark(buffer.getDataY(), buffer.getStrideY(), left);
    }

    private static void fill(ByteBuffer plane, int stride, byte[] row, int height) {
        for (int y = 0; y < height; y++) {
            plane.position(y * stride);
            plane.put(row);
        }
    }

    private static void mark(ByteBuffer luma, int stride, int left) {
        for (int y = MARK_TOP; y < MARK_TOP + MARK; y++) {
            for (int x = left; x < left + MARK; x++) {
                luma.put(y * stride + x, (byte) GREY);
            }
        }
    }
}
