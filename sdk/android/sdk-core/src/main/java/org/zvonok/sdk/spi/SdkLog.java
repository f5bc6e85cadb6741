package org.zvonok.sdk.spi;

/**
 * Where the SDK writes what happened. No line holds a password, a token, a key or a description.
 */
public interface SdkLog {
    /** Every step. */
    int DEBUG = 3;
    /** What a support engineer wants to know of a good day. */
    int INFO = 4;
    /** Something is wrong, and it goes on. */
    int WARN = 5;
    /** Something has failed. */
    int ERROR = 6;

    /**
     * Writes one line; must not block for long and must not throw. Called on any thread.
     *
     * @param level one of the constants, which are those of {@code android.util.Log}
     * @param tag which part speaks
     * @param text the line
     */
    void log(int level, String tag, String text);
}
