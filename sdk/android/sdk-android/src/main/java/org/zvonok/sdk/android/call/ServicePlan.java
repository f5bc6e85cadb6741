package org.zvonok.sdk.android.call;

import java.util.List;
import org.zvonok.sdk.CallState;

/**
 * What the foreground service is to be for the calls that there are. Pure.
 *
 * <p>It is of the type phone call from the first ring on, and of the type microphone as well from
 * when the person has answered or called, and allows the microphone: the platform refuses that type
 * to an app that nobody has touched.
 */
final class ServicePlan {
    static final ServicePlan NONE = new ServicePlan(null, null, false, false);

    /** The call that is up, or was begun here; null: none. */
    final CallHandle ongoing;
    /** The call that rings and waits for an answer; null: none. */
    final CallHandle ringing;
    /** The ongoing call was answered, and a clock runs. */
    final boolean answered;
    final boolean microphone;

    private ServicePlan(CallHandle ongoing, CallHandle ringing, boolean answered,
            boolean microphone) {
        this.ongoing = ongoing;
        this.ringing = ringing;
        this.answered = answered;
        this.microphone = microphone;
    }

    /** Of several calls of a kind the first is shown. */
    static ServicePlan of(List<CallHandle> calls, boolean microphoneAllowed) {
        CallHandle ongoing = null;
        CallHandle ringing = null;
        for (CallHandle call : calls) {
            if (call.state() == CallState.NEW || call.state() == CallState.ENDED) {
                continue;
            }
            if (isRinging(call)) {
                ringing = ringing == null ? call : ringing;
            } else {
                ongoing = ongoing == null ? call : ongoing;
            }
        }
        boolean answered = ongoing != null && (ongoing.state() == CallState.ACTIVE
                || ongoing.state() == CallState.HELD);
        return new ServicePlan(ongoing, ringing, answered, ongoing != null && microphoneAllowed);
    }

    /** It waits for an answer here. */
    static boolean isRinging(CallHandle call) {
        return call.isIncoming() && call.state() == CallState.RINGING;
    }

    ServicePlan withMicrophone(boolean microphone) {
        return new ServicePlan(ongoing, ringing, answered, microphone);
    }

    boolean isNone() {
        return ongoing == null && ringing == null;
    }

    /** Nothing that is shown or asked of the platform differs. */
    boolean isSame(ServicePlan other) {
        return id(ongoing).equals(id(other.ongoing)) && id(ringing).equals(id(other.ringing))
                && answered == other.answered && microphone == other.microphone;
    }

    static String id(CallHandle call) {
        return call == null ? "" : call.id();
    }
}
