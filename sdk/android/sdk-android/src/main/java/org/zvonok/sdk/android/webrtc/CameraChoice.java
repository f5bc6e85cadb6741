package org.zvonok.sdk.android.webrtc;

import java.util.function.Predicate;
import org.zvonok.sdk.android.CameraFacing;

/** Which of the device's cameras is opened. */
final class CameraChoice {
    private CameraChoice() {
    }

    /** The first that looks where it should, else the first of all; null: there is none. */
    static String choose(String[] names, Predicate<String> isFront, CameraFacing wanted) {
        for (String name : names) {
            if (isFront.test(name) == (wanted == CameraFacing.FRONT)) {
                return name;
            }
        }
        return names.length == 0 ? null : names[0];
    }
}
