package org.zvonok.testkit;

import java.util.function.Consumer;
import org.json.JSONObject;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.Draining;
import org.zvonok.sdk.Quality;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.Verdict;

/**
 * All that the SDK tells of a phone. An event is named as the method of the listener; it has the
 * state of its session, or the facts of its call, when it came.
 */
final class PhoneEvents implements SessionListener, CallListener {
    private final Consumer<JSONObject> tell;
    private final Consumer<Call> incoming;

    /**
     * A listener for a session and its calls.
     *
     * @param incoming gets each call that comes in, before it is told
     */
    PhoneEvents(Consumer<JSONObject> tell, Consumer<Call> incoming) {
        this.tell = tell;
        this.incoming = incoming;
    }

    private void tell(String event, Session session, SdkError error) {
        JSONObject told = new JSONObject().put("event", event);
        told.put("state", session.getState().name());
        tell.accept(told.put("error", Facts.of(error)));
    }

    private void tell(String event, Call call, String name, Object value) {
        tell.accept(Facts.of(call).put("event", event).put(name, value));
    }

    private void tell(String event, Call call) {
        tell.accept(Facts.of(call).put("event", event));
    }

    @Override
    public void onConnected(Session session) {
        tell("onConnected", session, null);
    }

    @Override
    public void onRegistered(Session session) {
        tell("onRegistered", session, null);
    }

    @Override
    public void onIncomingCall(Session session, Call call) {
        incoming.accept(call);
        tell("onIncomingCall", call);
    }

    @Override
    public void onReconnecting(Session session, SdkError why) {
        tell("onReconnecting", session, why);
    }

    @Override
    public void onReconnected(Session session) {
        tell("onReconnected", session, null);
    }

    @Override
    public void onDraining(Session session, Draining draining) {
        tell.accept(new JSONObject().put("event", "onDraining")
                .put("state", session.getState().name()).put("draining", Facts.of(draining)));
    }

    @Override
    public void onWarning(Session session, SdkError error) {
        tell("onWarning", session, error);
    }

    @Override
    public void onDisconnected(Session session, SdkError why) {
        tell("onDisconnected", session, why);
    }

    @Override
    public void onTrying(Call call) {
        tell("onTrying", call);
    }

    @Override
    public void onRinging(Call call) {
        tell("onRinging", call);
    }

    @Override
    public void onEstablished(Call call) {
        tell("onEstablished", call);
    }

    @Override
    public void onHold(Call call) {
        tell("onHold", call);
    }

    @Override
    public void onReconnecting(Call call, boolean is) {
        tell("onReconnecting", call, "is", is);
    }

    @Override
    public void onDtmf(Call call, String digit) {
        tell("onDtmf", call, "digit", digit);
    }

    @Override
    public void onQuality(Call call, Quality quality) {
        tell("onQuality", call, "quality", Facts.of(quality));
    }

    @Override
    public void onVerdict(Call call, Verdict verdict) {
        tell("onVerdict", call, "verdict", verdict == null ? null : verdict.getCode());
    }

    @Override
    public void onVideo(Call call, boolean has) {
        tell("onVideo", call, "has", has);
    }

    @Override
    public void onWarning(Call call, SdkError error) {
        tell("onWarning", call, "error", Facts.of(error));
    }

    @Override
    public void onTransfer(Call call, String status) {
        tell("onTransfer", call, "transfer", status);
    }

    @Override
    public void onEnded(Call call, CallEnd end) {
        tell("onEnded", call, "end", Facts.of(end));
    }
}
