package org.zvonok.sdk.android.audio;

import android.media.AudioManager;

/**
 * Owns the audio focus while a call is up, and says when another has it. There is one owner in the
 * process, whatever the number of sessions and calls.
 *
 * <p>Focus that went for good is asked for again when the calls change (the person unholds), not
 * by itself: two apps that take it from each other would end in silence for both. A request that is
 * refused is another matter, and no interruption: from Android 15 on an app gets no focus until its
 * foreground service runs, so it is asked for again soon.
 */
final class FocusController {
    /** The platform's focus, in the numbers of {@link AudioManager}. */
    interface Port {
        /** Asks for the focus of a call; changes are told to {@link FocusController#onChange}. */
        int request();

        void abandon();
    }

    interface Listener {
        /** Another has the focus now, or we have it again. */
        void onInterrupted(boolean is);
    }

    private final Port port;
    private final Listener listener;
    private boolean active;
    private boolean interrupted;
    /** The platform will give the focus back by itself. */
    private boolean promised;
    private boolean refused;

    FocusController(Port port, Listener listener) {
        this.port = port;
        this.listener = listener;
    }

    void start() {
        active = true;
        request();
    }

    void stop() {
        if (!active) {
            return;
        }
        active = interrupted = promised = refused = false;
        port.abandon();
    }

    /** The calls have changed: a focus that does not return by itself is asked for. */
    void refresh() {
        if (active && interrupted && !promised) {
            request();
        }
    }

    /** To be called regularly: a request that was refused is made again. */
    void look() {
        if (active && refused) {
            request();
        }
    }

    /** A change that the platform tells; one that comes late, after the end, is nothing. */
    void onChange(int change) {
        if (!active) {
            return;
        }
        switch (change) {
            case AudioManager.AUDIOFOCUS_GAIN:
                setInterrupted(false, true);
                break;
            case AudioManager.AUDIOFOCUS_LOSS:
                setInterrupted(true, false);
                break;
            case AudioManager.AUDIOFOCUS_LOSS_TRANSIENT:
                setInterrupted(true, true);
                break;
            default: // somebody beeps, and we would have to be quieter: a voice is not
                break;
        }
    }

    private void request() {
        int answer = port.request();
        refused = answer == AudioManager.AUDIOFOCUS_REQUEST_FAILED;
        switch (answer) {
            case AudioManager.AUDIOFOCUS_REQUEST_GRANTED:
                setInterrupted(false, true);
                break;
            case AudioManager.AUDIOFOCUS_REQUEST_DELAYED:
                setInterrupted(true, true);
                break;
            default:
                break;
        }
    }

    private void setInterrupted(boolean is, boolean returns) {
        promised = returns;
        if (interrupted == is) {
            return;
        }
        interrupted = is;
        listener.onInterrupted(is);
    }
}
