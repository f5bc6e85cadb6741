package org.zvonok.sdk;

/**
 * What happens to a call. Called in order, by the executor of the {@link Platform}. Who begins to
 * listen late is told the current state once.
 */
public interface CallListener {
    /**
     * The gateway has taken the call and looks for the far end.
     *
     * @param call which
     */
    default void onTrying(Call call) {
    }

    /**
     * It rings: at the far end, or here.
     *
     * @param call which
     */
    default void onRinging(Call call) {
    }

    /**
     * Both sides talk: at first, and after each hold. It comes as well when a wish to hold the call
     * was refused.
     *
     * @param call which
     */
    default void onEstablished(Call call) {
    }

    /**
     * The call is on hold. It comes as well when it stays so in spite of {@code unhold}.
     *
     * @param call which
     */
    default void onHold(Call call) {
    }

    /**
     * The gateway cannot be reached, or can be again. The call goes on meanwhile.
     *
     * @param call which
     * @param is true: it cannot
     */
    default void onReconnecting(Call call, boolean is) {
    }

    /**
     * The far end has sent a digit.
     *
     * @param call which
     * @param digit one of {@code 0-9 A-D * #}
     */
    default void onDtmf(Call call, String digit) {
    }

    /**
     * How the call sounds, every few seconds. Only from a gateway that tells.
     *
     * @param call which
     * @param quality the figures
     */
    default void onQuality(Call call, Quality quality) {
    }

    /**
     * What keeps one from hearing or being heard now. Only from a gateway that tells.
     *
     * @param call which
     * @param verdict the gravest finding; null: there is none any more
     */
    default void onVerdict(Call call, Verdict verdict) {
    }

    /**
     * The call has a picture now, or none any more, or the far end's has come or gone.
     *
     * @param call which
     * @param has as {@link Call#hasVideo}
     */
    default void onVideo(Call call, boolean has) {
    }

    /**
     * Something is wrong, and the call goes on.
     *
     * @param call which
     * @param error what
     */
    default void onWarning(Call call, SdkError error) {
    }

    /**
     * How a transfer goes.
     *
     * @param call which
     * @param status {@code PENDING}, {@code COMPLETED} or {@code FAILED}
     */
    default void onTransfer(Call call, String status) {
    }

    /**
     * The call is over. The last event, once.
     *
     * @param call which
     * @param end how it ended
     */
    default void onEnded(Call call, CallEnd end) {
    }
}
