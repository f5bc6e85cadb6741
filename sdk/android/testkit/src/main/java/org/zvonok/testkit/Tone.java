package org.zvonok.testkit;

import dev.onvoid.webrtc.media.audio.CustomAudioSource;

/** In place of a microphone: a sine, 10 ms of it at a time. */
final class Tone implements MediaClock.Source {
    static final int RATE_HZ = 48000;
    private static final int SAMPLES = RATE_HZ / MediaClock.TICKS_PER_SECOND;
    private static final int AMPLITUDE = 12000;
    private static final int BITS = 16;

    private final CustomAudioSource out;
    private final double step;
    private double phase;

    Tone(CustomAudioSource out, double hz) {
        this.out = out;
        this.step = 2 * Math.PI * hz / RATE_HZ;
    }

    @Override
    public void tick() {
        byte[] pcm = new byte[SAMPLES * 2];
        for (int i = 0; i < SAMPLES; i++) {
            int value = (int) Math.round(Math.sin(phase) * AMPLITUDE);
            pcm[2 * i] = (byte) value;
            pcm[2 * i + 1] = (byte) (value >> 8);
            phase = (phase + step) % (2 * Math.PI);
        }
        out.pushAudio(pcm, BITS, RATE_HZ, 1, SAMPLES);
    }
}
