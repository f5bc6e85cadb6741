package org.zvonok.sdk.android.audio;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;

/**
 * Decides which route is used; knows no Android class.
 *
 * <p>What the person chose wins for as long as it is there. Choices are remembered, the newest
 * first: when a headset vanishes, the choice before it counts again (and not always the earpiece),
 * and when it returns, it is used again. Without a choice a headset that is there is used,
 * Bluetooth before the cable; without one, the earpiece, or the loudspeaker in a call with video.
 *
 * <p>A route that could not be set up is left out until the devices change or it is chosen again:
 * otherwise a headset that refuses would be tried for ever, in silence.
 */
final class RoutePolicy {
    private static final AudioRoute[] HEADSETS = {
        AudioRoute.BLUETOOTH_LE, AudioRoute.BLUETOOTH, AudioRoute.WIRED
    };
    private static final AudioRoute[] BUILT_IN = {AudioRoute.EARPIECE, AudioRoute.SPEAKER};
    private static final AudioRoute[] BUILT_IN_VIDEO = {AudioRoute.SPEAKER, AudioRoute.EARPIECE};

    private final Set<AudioRoute> devices = EnumSet.noneOf(AudioRoute.class);
    private final Set<AudioRoute> failed = EnumSet.noneOf(AudioRoute.class);
    /** Newest first; each route once. */
    private final Deque<AudioRoute> choices = new ArrayDeque<>();
    private boolean speakerWanted;
    private boolean bluetoothAllowed = true;
    private boolean video;

    void setDevices(Collection<AudioRoute> present) {
        if (devices.containsAll(present) && devices.size() == present.size()) {
            return;
        }
        devices.clear();
        devices.addAll(present);
        failed.clear();
    }

    /** The person's choice. One that is not there at the moment counts from when it is. */
    void choose(AudioRoute route) {
        failed.remove(route);
        choices.remove(route);
        choices.addFirst(route);
    }

    /** A choice of the loudspeaker that outlasts the call, or the end of it. */
    void setSpeakerWanted(boolean wanted) {
        speakerWanted = wanted;
        if (wanted) {
            choose(AudioRoute.SPEAKER);
        } else {
            choices.remove(AudioRoute.SPEAKER);
        }
    }

    void setBluetoothAllowed(boolean allowed) {
        bluetoothAllowed = allowed;
    }

    void setVideo(boolean has) {
        video = has;
    }

    void fail(AudioRoute route) {
        failed.add(route);
    }

    /** After the last call: the next one begins without its choices. */
    void forgetChoices() {
        choices.clear();
        failed.clear();
        if (speakerWanted) {
            choices.add(AudioRoute.SPEAKER);
        }
    }

    /** The routes that can be chosen. */
    Set<AudioRoute> routes() {
        Set<AudioRoute> usable = EnumSet.copyOf(devices);
        if (!bluetoothAllowed) {
            usable.removeIf(AudioRoute::isBluetooth);
        }
        return usable;
    }

    /** The route to use now; the loudspeaker where not even that is reported. */
    AudioRoute route() {
        Set<AudioRoute> usable = routes();
        usable.removeAll(failed);
        for (AudioRoute choice : choices) {
            if (usable.contains(choice)) {
                return choice;
            }
        }
        for (AudioRoute headset : HEADSETS) {
            if (usable.contains(headset)) {
                return headset;
            }
        }
        for (AudioRoute own : video ? BUILT_IN_VIDEO : BUILT_IN) {
            if (usable.contains(own)) {
                return own;
            }
        }
        return AudioRoute.SPEAKER;
    }
}
