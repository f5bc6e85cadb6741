package org.zvonok.sdk.android;

/** Which of the device's cameras. */
public enum CameraFacing {
    /** The one that looks at the person. */
    FRONT,
    /** The one that looks away from them. */
    BACK;

    /**
     * The other one.
     *
     * @return what a button to switch goes to
     */
    public CameraFacing other() {
        return this == FRONT ? BACK : FRONT;
    }
}
