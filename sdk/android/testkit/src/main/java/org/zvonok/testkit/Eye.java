package org.zvonok.testkit;

import dev.onvoid.webrtc.media.video.I420Buffer;
import dev.onvoid.webrtc.media.video.VideoFrame;
import dev.onvoid.webrtc.media.video.VideoTrackSink;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/** In place of a screen: counts the frames that were decoded, and tells which bars they show. */
public final class Eye {
    private static final int[] SIXTHS = {1, 3, 5};
    private static final double[] HEIGHTS = {0.2, 0.4, 0.6};

    private final VideoTrackSink sink = this::onFrame;
    private int frames;
    private String bars = "";
    private String size = "";

    Eye() {}

    /** How many frames were decoded so far. */
    public synchronized int getFrames() {
        return frames;
    }

    /**
     * The colours of the three bars in the last frame, from the left: "red green blue". A bar of
     * more than one colour is named by all of them, "red/blue"; empty before the first frame.
     */
    public synchronized String getBars() {
        return bars;
    }

    /** Of the last frame: "320x240". */
    public synchronized String getSize() {
        return size;
    }

    VideoTrackSink sink() {
        return sink;
    }

    /** On libwebrtc's own thread. */
    private synchronized void onFrame(VideoFrame frame) {
        frames++;
        I420Buffer picture = frame.buffer.toI420();
        try {
            size = picture.getWidth() + "x" + picture.getHeight();
            bars = nameBars(picture);
        } finally {
            picture.release();
        }
    }

    /** Each bar is looked at in several places. */
    private static String nameBars(I420Buffer picture) {
        StringBuilder names = new StringBuilder();
        for (int sixth : SIXTHS) {
            Set<String> bar = new LinkedHashSet<>();
            for (double part : HEIGHTS) {
                int x = picture.getWidth() * sixth / 6;
                int y = (int) (picture.getHeight() * part);
                bar.add(nameAt(picture, x, y));
            }
            names.append(names.length() == 0 ? "" : " ").append(String.join("/", bar));
        }
        return names.toString();
    }

    private static String nameAt(I420Buffer picture, int x, int y) {
        return Colour.nameOf(
                at(picture.getDataY(), picture.getStrideY(), x, y),
                at(picture.getDataU(), picture.getStrideU(), x / 2, y / 2),
                at(picture.getDataV(), picture.getStrideV(), x / 2, y / 2));
    }

    private static int at(ByteBuffer plane, int stride, int x, int y) {
        return plane.get(y * stride + x) & 0xff;
    }
}
