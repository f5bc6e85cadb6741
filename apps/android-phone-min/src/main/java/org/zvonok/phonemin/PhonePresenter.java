package org.zvonok.phonemin;

import static org.zvonok.sdk.SessionState.CONNECTING;
import static org.zvonok.sdk.SessionState.DISCONNECTED;
import static org.zvonok.sdk.SessionState.ESTABLISHED;
import static org.zvonok.sdk.SessionState.IDLE;
import static org.zvonok.sdk.SessionState.RECONNECTING;
import static org.zvonok.sdk.SessionState.REGISTERED;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.json.JSONException;
import org.json.JSONObject;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.CallState;
import org.zvonok.sdk.Connection;
import org.zvonok.sdk.Draining;
import org.zvonok.sdk.DtmfType;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.SessionState;

/**
 * All that Phone-min decides: what each button does and when it can be pressed. Nothing of it is
 * Android's, so that its tests take milliseconds.
 *
 * <p>The process has one, and its session and call outlive the screens: each that attaches is shown
 * all there is, and again with every change. Everything runs on the main thread, where the SDK
 * calls back.
 */
final class PhonePresenter implements SessionListener, CallListener {
    static final int TO_CALL = 100;
    static final int TO_ANSWER = 101;
    /** In the order of SessionState, CallState, CallEnd.Kind. */
    private static final int[] SESSION_TEXTS = {0, R.string.connecting, R.string.connected,
        R.string.registered, R.string.reconnecting, R.string.disconnected};
    private static final int[] CALL_TEXTS = {0, R.string.calling, R.string.ringing,
        R.string.talking, R.string.held, 0};
    private static final int[] END_TEXTS = {R.string.finished, R.string.busy, R.string.failed};

    private final Session session;
    private PhoneView view;
    private SessionState state = IDLE;
    private SdkError sessionError;
    private boolean registers;
    private Call call;
    private CallEnd end;
    private SdkError callError;
    private boolean rings;
    private Call answering;
    private boolean dials;
    private boolean hangsUp;
    private boolean muted;
    private boolean microphoneRefused;

    PhonePresenter(Session session) {
        this.session = session;
        session.addListener(this);
    }

    void attach(PhoneView screen) {
        view = screen;
        refresh();
    }

    /** A call goes on without a screen; an idle session ends with a screen that was closed. */
    void detach(boolean forGood) {
        view = null;
        if (forGood && call == null) {
            session.disconnect();
        }
    }

    void pressConnect() {
        String domain = view.text(R.id.sip_domain);
        String port = view.text(R.id.sip_port).isEmpty() ? "0" : view.text(R.id.sip_port);
        boolean register = view.isChecked(R.id.sip_register_required);
        view.save();
        connect(register, Connection.builder(view.text(R.id.wcs_url))
                .sipLogin(view.text(R.id.sip_login)).sipPassword(view.text(R.id.sip_password))
                .sipDomain(domain).sipOutboundProxy(domain)
                .sipPort(port.matches("\\d{1,5}") ? Integer.parseInt(port) : -1)
                .sipRegisterRequired(register));
    }

    /** Goes on with the session that a token stands for: it has its account already. */
    void pressConnectWithToken() {
        String token = view.text(R.id.auth_token);
        if (token.isEmpty() && !isOpen()) {
            view.mark(R.id.auth_token, R.string.token_missing);
        } else {
            connect(false, Connection.builder(view.text(R.id.wcs_url)).authToken(token));
        }
    }

    private void connect(boolean register, Connection.Builder connection) {
        if (isOpen()) {
            session.disconnect();
            return;
        }
        registers = register;
        become(CONNECTING, null);
        session.connect(connection.keepAlive(true).build());
    }

    void pressCall() {
        if (call != null) {
            pressHangup();
        } else if (view.text(R.id.callee).isEmpty()) {
            view.mark(R.id.callee, R.string.callee_missing);
        } else if (inviteParameters() == null) {
            view.mark(R.id.invite_parameters, R.string.parameters_malformed);
        } else {
            view.save();
            view.askForMicrophone(TO_CALL);
        }
    }

    /** Also declines a call that rings. */
    void pressHangup() {
        if (call != null) { // it may end between finger and click
            rings = false;
            hangsUp = true;
            call.hangup();
            refresh();
        }
    }

    void pressAnswer() {
        answering = call;
        view.askForMicrophone(TO_ANSWER);
    }

    /** By now another call may be there, or the one to be answered be over. */
    void onMicrophone(int request, boolean allowed) {
        microphoneRefused = !allowed;
        if (allowed && request == TO_CALL && call == null && isReady()) {
            take(session.createCall(view.options(view.text(R.id.callee), inviteParameters())));
            dials = true;
            call.addListener(this);
            call.call();
        } else if (allowed && request == TO_ANSWER && rings && call == answering) {
            rings = false;
            call.answer();
        }
        refresh();
    }

    /** The button's text turns when the gateway has confirmed it, not before. */
    void pressHold() {
        callError = null;
        if (call.isHeld()) {
            call.unhold();
        } else {
            call.hold();
        }
    }

    void pressMute() {
        muted = !muted;
        call.setAudioMuted(muted);
        refresh();
    }

    void pressSendDtmf() {
        if (!view.text(R.id.dtmf).isEmpty()) {
            call.sendDtmf(view.text(R.id.dtmf), DtmfType.RFC2833);
        }
    }

    /** SIP headers, from a JSON object of texts; null: it is none. */
    private Map<String, String> inviteParameters() {
        Map<String, String> parameters = new HashMap<>();
        String text = view.text(R.id.invite_parameters);
        try {
            JSONObject json = new JSONObject(text.isEmpty() ? "{}" : text);
            for (Iterator<String> names = json.keys(); names.hasNext();) {
                String name = names.next();
                parameters.put(name, (String) json.get(name));
            }
            return parameters;
        } catch (JSONException | ClassCastException e) {
            return null;
        }
    }

    private boolean isReady() { return state == REGISTERED || state == ESTABLISHED && !registers; }
    private boolean isOpen() { return isReady() || state == ESTABLISHED || state == RECONNECTING; }

    /** A call that came while there was another: it rings on, and is next. */
    private Call waiting() {
        for (Call other : session.getCalls()) {
            if (other != call && other.isIncoming() && other.getState() == CallState.RINGING) {
                return other;
            }
        }
        return null;
    }

    /** Shows everything: cheap enough for a screen of this size, and nothing is forgotten. */
    void refresh() {
        if (view == null) {
            return;
        }
        rings = rings && call.getState() == CallState.RINGING; // else the notification was quicker
        boolean open = isOpen();
        boolean held = call != null && call.isHeld();
        boolean up = held || call != null && call.getState() == CallState.ACTIVE;
        if (open) {
            view.setToken(session.getAuthToken());
        }
        view.showButton(R.id.connect, state != CONNECTING,
                open ? R.string.disconnect : R.string.connect);
        view.showButton(R.id.connect_with_token, state != CONNECTING,
                open ? R.string.disconnect : R.string.connect_with_token);
        view.showButton(R.id.call, call == null ? isReady() : !dials && !hangsUp,
                call == null ? R.string.call : R.string.hangup);
        view.showButton(R.id.hold, up, held ? R.string.unhold : R.string.hold);
        view.showButton(R.id.mute, up, muted ? R.string.unmute : R.string.mute);
        view.showButton(R.id.send_dtmf, up, R.string.send_dtmf);
        view.showLine(R.id.status, open && !isReady() && state == ESTABLISHED
                ? R.string.registering : SESSION_TEXTS[state.ordinal()], "", sessionError);
        view.showLine(R.id.call_status, callText(), who(call), callError);
        view.showLine(R.id.waiting, waiting() == null ? 0 : R.string.waiting, who(waiting()), null);
        view.showIncoming(rings, callText(), who(call));
    }

    private int callText() {
        if (microphoneRefused) {
            return R.string.microphone_refused;
        } else if (call == null) {
            return end == null ? 0 : END_TEXTS[end.getKind().ordinal()];
        }
        return rings ? R.string.incoming_from : CALL_TEXTS[call.getState().ordinal()];
    }

    private static String who(Call call) { return call == null ? "" : call.getRemoteName(); }
    private static SdkError reason(Draining d) { return d == null ? null : d.getReason(); }

    @Override public void onConnected(Session s) { become(ESTABLISHED, null); }
    @Override public void onRegistered(Session s) { become(REGISTERED, null); }
    @Override public void onReconnecting(Session s, SdkError e) { become(RECONNECTING, e); }
    @Override public void onReconnected(Session s) { become(s.getState(), null); }
    @Override public void onWarning(Session s, SdkError e) { become(state, e); }
    @Override public void onDraining(Session s, Draining d) { become(state, reason(d)); }

    @Override public void onDisconnected(Session s, SdkError why) {
        end = null;
        take(null);
        become(DISCONNECTED, why);
    }

    private void become(SessionState next, SdkError error) {
        state = next;
        sessionError = error;
        refresh();
    }

    @Override public void onIncomingCall(Session s, Call incoming) {
        incoming.addListener(this);
        if (call == null) {
            take(incoming);
        }
        refresh();
    }

    private void take(Call next) {
        call = next;
        rings = next != null && next.isIncoming();
        dials = false;
        hangsUp = false;
        muted = false;
        microphoneRefused = false;
        callError = null;
    }

    @Override public void onTrying(Call c) { onProgress(c, callError); }
    @Override public void onRinging(Call c) { onProgress(c, callError); }
    @Override public void onEstablished(Call c) { onProgress(c, callError); }
    @Override public void onHold(Call c) { onProgress(c, callError); }
    @Override public void onWarning(Call c, SdkError error) { onProgress(c, error); }

    private void onProgress(Call c, SdkError error) {
        if (c == call) {
            dials = false;
            callError = error;
        } else if (c.getState() == CallState.ACTIVE) {
            pressHangup(); // the other was answered in its notification: this phone has one call
            take(c);
        }
        refresh();
    }

    @Override public void onEnded(Call c, CallEnd how) {
        if (c == call) {
            end = how;
            take(waiting());
            callError = call == null ? how.getError() : null;
        }
        refresh();
        if (view == null && call == null) {
            session.disconnect();
        }
    }
}
