package org.zvonok.compat.fpwcsapi.session;

/**
 * What a call tells. All of it comes on the main thread, in the order in which it happened.
 *
 * <p>One of {@link #onBusy}, {@link #onFailed} and {@link #onFinished} is the last event of each
 * call, exactly once. The seven methods that WCS has are the abstract ones; what Zvonok tells
 * besides has a default.
 */
public interface CallStatusEvent {
    /**
     * The gateway has taken the call and is calling.
     *
     * @param call status {@code TRYING}
     */
    void onTrying(Call call);

    /**
     * The far end is busy. The last event.
     *
     * @param call status {@code BUSY}
     */
    void onBusy(Call call);

    /**
     * The call failed. The last event.
     *
     * @param call status {@code FAILED}; {@link Call#getError} says why, and what to do about it
     */
    void onFailed(Call call);

    /**
     * It rings: at the far end, or here.
     *
     * @param call status {@code RING}; {@code RING_MEDIA} or {@code SESSION_PROGRESS} when what one
     *     hears comes from the far end
     */
    void onRing(Call call);

    /**
     * The call is on hold, by either side.
     *
     * @param call status {@code HOLD}
     */
    void onHold(Call call);

    /**
     * The call was answered, or is back from hold.
     *
     * @param call status {@code ESTABLISHED}
     */
    void onEstablished(Call call);

    /**
     * The call is over. The last event.
     *
     * @param call status {@code FINISH}
     */
    void onFinished(Call call);

    /**
     * Media or signalling of a running call was lost and is being brought back, or is back.
     *
     * @param call with the status of before
     * @param reconnecting false: it is back
     */
    default void onReconnecting(Call call, boolean reconnecting) {
    }
}
