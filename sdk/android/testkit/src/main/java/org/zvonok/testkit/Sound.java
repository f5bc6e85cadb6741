package org.zvonok.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A piece of what was heard: one channel of 16 bits. */
public final class Sound {
    private static final int HEADER_BYTES = 44;
    private static final int FORMAT_BYTES = 16;

    private final int rateHz;
    private final short[] samples;

    Sound(int rateHz, short[] samples) {
        this.rateHz = rateHz;
        this.samples = samples;
    }

    /** Samples in a second; 0 when nothing was heard at all. */
    public int getRateHz() {
        return rateHz;
    }

    /** The samples, from -32768 to 32767. */
    public short[] getSamples() {
        return samples.clone();
    }

    /** How long it lasts. */
    public double getSeconds() {
        return rateHz == 0 ? 0 : (double) samples.length / rateHz;
    }

    /**
     * How strong one frequency is in it, from 0 to 1, by Goertzel's algorithm: the amplitude of a
     * sine, 1 for the loudest that there can be.
     */
    public double amplitudeAt(double hz) {
        double coefficient = 2 * Math.cos(2 * Math.PI * hz / rateHz);
        double last = 0;
        double beforeLast = 0;
        for (short sample : samples) {
            double next = sample / 32768.0 + coefficient * last - beforeLast;
            beforeLast = last;
            last = next;
        }
        double power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
        return 2 * Math.sqrt(Math.max(0, power)) / Math.max(1, samples.length);
    }

    /**
     * Writes it as a WAV file.
     *
     * @throws IOException when the file cannot be written
     */
    public void write(Path file) throws IOException {
        int bytes = samples.length * 2;
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.put(ascii("RIFF")).putInt(HEADER_BYTES - 8 + bytes).put(ascii("WAVEfmt "));
        out.putInt(FORMAT_BYTES).putShort((short) 1).putShort((short) 1);
        out.putInt(rateHz).putInt(rateHz * 2).putShort((short) 2).putShort((short) 16);
        out.put(ascii("data")).putInt(bytes);
        out.asShortBuffer().put(samples);
        Files.write(file, out.array());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
