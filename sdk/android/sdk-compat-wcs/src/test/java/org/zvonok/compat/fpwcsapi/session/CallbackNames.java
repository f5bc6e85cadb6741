package org.zvonok.compat.fpwcsapi.session;

import java.util.List;

/** Writes down which callbacks of a call came, with the status that the call had then. */
final class CallbackNames implements CallStatusEvent {
    private final List<String> told;

    CallbackNames(List<String> told) {
        this.told = told;
    }

    @Override
    public void onTrying(Call call) {
        write("onTrying", call);
    }

    @Override
    public void onBusy(Call call) {
        write("onBusy", call);
    }

    @Override
    public void onFailed(Call call) {
        write("onFailed", call);
    }

    @Override
    public void onRing(Call call) {
        write("onRing", call);
    }

    @Override
    public void onHold(Call call) {
        write("onHold", call);
    }

    @Override
    public void onEstablished(Call call) {
        write("onEstablished", call);
    }

    @Override
    public void onFinished(Call call) {
        write("onFinished", call);
    }

    @Override
    public void onReconnecting(Call call, boolean reconnecting) {
        write(reconnecting ? "onReconnecting" : "back", call);
    }

    private void write(String name, Call call) {
        told.add(call == null ? name : name + " " + call.getStatus());
    }
}
