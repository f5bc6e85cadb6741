package org.zvonok.testkit;

import dev.onvoid.webrtc.media.audio.AudioTrackSink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * In place of a loudspeaker: hears what came out of the jitter buffer, and keeps pieces of it on
 * request. libwebrtc asks for 10 ms of sound every 10 ms, with packets or without, so that a gap in
 * what came is a gap of the same length in what is kept.
 */
public final class Ear {
    /** The longest piece that is kept: 1 min at 48 kHz are 5.5 MiB. */
    public static final double LONGEST_S = 60;

    private final List<Piece> pieces = new ArrayList<>();
    private final AudioTrackSink sink = this::onData;
    private boolean deaf;
    private boolean covered;

    Ear() {}

    /**
     * Keeps the next seconds, {@link #LONGEST_S} at most. It is done when they have been heard, or
     * with what there is of them when the call is over. A rate that changes begins it anew: that
     * happens when the first packet tells which codec it is.
     */
    public synchronized CompletableFuture<Sound> listen(double seconds) {
        Piece piece = new Piece(Math.min(seconds, LONGEST_S));
        if (deaf) {
            piece.end();
        } else {
            pieces.add(piece);
        }
        return piece.done;
    }

    AudioTrackSink sink() {
        return sink;
    }

    /** Nothing more will come. */
    synchronized void close() {
        deaf = true;
        for (Piece piece : pieces) {
            piece.end();
        }
        pieces.clear();
    }

    /** Something will come, perhaps after a {@link #close}. */
    synchronized void open() {
        deaf = false;
    }

    /** Covered it hears silence, whatever comes. */
    synchronized void setCovered(boolean covered) {
        this.covered = covered;
    }

    /** On libwebrtc's own thread. */
    private synchronized void onData(byte[] heard, int bits, int rateHz, int channels, int count) {
        byte[] pcm = covered ? new byte[heard.length] : heard;
        for (Iterator<Piece> i = pieces.iterator(); i.hasNext(); ) {
            Piece piece = i.next();
            if (piece.isFullWith(pcm, rateHz, channels, count)) {
                piece.end();
                i.remove();
            }
        }
    }

    /** One piece that is being kept. */
    private static final class Piece {
        private final CompletableFuture<Sound> done = new CompletableFuture<>();
        private final double seconds;
        private int rateHz;
        private short[] samples = new short[0];
        private int count;

        Piece(double seconds) {
            this.seconds = seconds;
        }

        boolean isFullWith(byte[] pcm, int rateHz, int channels, int frames) {
            if (rateHz != this.rateHz) {
                this.rateHz = rateHz;
                samples = new short[(int) Math.ceil(seconds * rateHz)];
                count = 0;
            }
            for (int i = 0; i < frames && count < samples.length; i++) {
                int at = 2 * i * channels;
                samples[count++] = (short) (pcm[at] & 0xff | pcm[at + 1] << 8);
            }
            return count == samples.length;
        }

        /** Whoever waits goes on in a thread of its own: this one is libwebrtc's. */
        void end() {
            Sound sound = new Sound(rateHz, Arrays.copyOf(samples, count));
            CompletableFuture.runAsync(() -> done.complete(sound));
        }
    }
}
