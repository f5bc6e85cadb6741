package org.zvonok.testkit;

import org.zvonok.sdk.spi.MediaOptions;

/**
 * What a call has in place of a phone's devices: a tone for its microphone, bars for its camera, an
 * ear and an eye. It belongs to one call, also when that call gets a new peer connection.
 */
public final class DesktopMedia implements MediaOptions {
    /** What a call says for which nobody has chosen. */
    public static final double TONE_HZ = 1000;
    /** What it shows. */
    public static final String BARS = "blue red green";

    private final double toneHz;
    private final Colour[] bars;
    private final Ear ear = new Ear();
    private final Eye eye = new Eye();

    /** Says {@link #TONE_HZ}, and shows {@link #BARS}. */
    public DesktopMedia() {
        this(TONE_HZ, BARS);
    }

    /**
     * Says and shows what a test wants.
     *
     * @param toneHz what is said, in hertz
     * @param bars what is shown: three of black, red, green and blue, as "blue red green"
     * @throws IllegalArgumentException when there is no such colour
     */
    public DesktopMedia(double toneHz, String bars) {
        this.toneHz = toneHz;
        String[] names = bars.split(" ");
        this.bars = new Colour[names.length];
        for (int i = 0; i < names.length; i++) {
            this.bars[i] = Colour.named(names[i]);
        }
    }

    /** Hears the far end. */
    public Ear getEar() {
        return ear;
    }

    /** Sees the far end. */
    public Eye getEye() {
        return eye;
    }

    double toneHz() {
        return toneHz;
    }

    Colour[] bars() {
        return bars;
    }
}
