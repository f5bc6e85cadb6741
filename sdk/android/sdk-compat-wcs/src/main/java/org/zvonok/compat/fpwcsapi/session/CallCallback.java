package org.zvonok.compat.fpwcsapi.session;

import org.zvonok.sdk.CallEnd;

/**
 * The callbacks of {@link CallStatusEvent} that tell a status: which one an event of a call means,
 * and which string it shows. Decides, and touches nothing.
 */
enum CallCallback {
    TRYING("TRYING"),
    RING("RING"),
    ESTABLISHED("ESTABLISHED"),
    HOLD("HOLD"),
    BUSY("BUSY"),
    FAILED("FAILED"),
    FINISHED("FINISH");

    private final String status;

    CallCallback(String status) {
        this.status = status;
    }

    /** The callback that ends a call. */
    static CallCallback of(CallEnd end) {
        switch (end.getKind()) {
            case BUSY:
                return BUSY;
            case FAILED:
                return FAILED;
            default:
                return FINISHED;
        }
    }

    /**
     * What {@link Call#getStatus} says while this is told. A ring has three strings, by where what
     * one hears comes from, and only the server knows which; everything else has one.
     *
     * @param wireStatus the newest status that the server has told; it may be ahead of this event
     */
    String status(String wireStatus) {
        boolean farEndIsHeard =
                "RING_MEDIA".equals(wireStatus) || "SESSION_PROGRESS".equals(wireStatus);
        return this == RING && farEndIsHeard ? wireStatus : status;
    }

    void deliver(CallStatusEvent listener, Call call) {
        switch (this) {
            case TRYING:
                listener.onTrying(call);
                break;
            case RING:
                listener.onRing(call);
                break;
            case ESTABLISHED:
                listener.onEstablished(call);
                break;
            case HOLD:
                listener.onHold(call);
                break;
            case BUSY:
                listener.onBusy(call);
                break;
            case FAILED:
                listener.onFailed(call);
                break;
            default:
                listener.onFinished(call);
        }
    }
}
