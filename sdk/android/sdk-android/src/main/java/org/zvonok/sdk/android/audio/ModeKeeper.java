package org.zvonok.sdk.android.audio;

import android.media.AudioManager;

/**
 * Keeps the platform in its mode for calls over the network while a call is up.
 *
 * <p>The mode is lost behind our back: by a call of the cellular network, which leaves the normal
 * mode behind it, and on Android 11 and later after six seconds without sound in either direction.
 * In the normal mode there is echo or silence. So it is looked at from time to time and set again,
 * but never against a cellular call, which rings or runs.
 */
final class ModeKeeper {
    /** The platform's mode, in the numbers of {@link AudioManager}. */
    interface Port {
        int mode();

        void setMode(int mode);
    }

    private final Port port;
    private boolean active;

    ModeKeeper(Port port) {
        this.port = port;
    }

    void start() {
        active = true;
        check();
    }

    /** The platform keeps a mode for each app: the normal one is how ours is given back. */
    void stop() {
        if (!active) {
            return;
        }
        active = false;
        port.setMode(AudioManager.MODE_NORMAL);
    }

    /** Sets the mode again where it was lost. */
    void check() {
        if (active && port.mode() == AudioManager.MODE_NORMAL) {
            assertMode();
        }
    }

    /** Sets the mode again whatever it seems to be: after a cellular call. */
    void restore() {
        if (active && !isCellularCall()) {
            assertMode();
        }
    }

    /** Somebody has answered a call of the cellular network, and it runs. */
    boolean isCellularCall() {
        return port.mode() == AudioManager.MODE_IN_CALL;
    }

    private void assertMode() {
        port.setMode(AudioManager.MODE_IN_COMMUNICATION);
    }
}
