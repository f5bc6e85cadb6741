package org.zvonok.testkit;

import java.util.Locale;

/** The colours that bars are made of, in BT.601 as video has them, and by the names of tests. */
enum Colour {
    BLACK(0, 0, 0),
    RED(255, 0, 0),
    GREEN(0, 255, 0),
    BLUE(0, 0, 255);

    /** Codecs and colour spaces shift a colour somewhat. */
    private static final double NEAR = 120;

    private final int red;
    private final int green;
    private final int blue;

    Colour(int red, int green, int blue) {
        this.red = red;
        this.green = green;
        this.blue = blue;
    }

    static Colour named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    int y() {
        return (int) Math.round(16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256);
    }

    int u() {
        return (int) Math.round(128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256);
    }

    int v() {
        return (int) Math.round(128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256);
    }

    /** The name of the colour that a pixel is near to, or its three numbers. */
    static String nameOf(int y, int u, int v) {
        double bright = 1.164 * (y - 16);
        int red = clamp(bright + 1.596 * (v - 128));
        int green = clamp(bright - 0.813 * (v - 128) - 0.392 * (u - 128));
        int blue = clamp(bright + 2.017 * (u - 128));
        for (Colour one : values()) {
            int dr = one.red - red;
            int dg = one.green - green;
            int db = one.blue - blue;
            if (Math.sqrt(dr * dr + dg * dg + db * db) <= NEAR) {
                return one.name().toLowerCase(Locale.ROOT);
            }
        }
        return "rgb(" + red + "," + green + "," + blue + ")";
    }

    private static int clamp(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }
}
