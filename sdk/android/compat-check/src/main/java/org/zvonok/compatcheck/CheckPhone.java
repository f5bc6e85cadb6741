package org.zvonok.compatcheck;

import java.util.List;
import java.util.Map;
import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.compat.fpwcsapi.Flashphoner;
import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.bean.Data;
import org.zvonok.compat.fpwcsapi.constraints.AudioConstraints;
import org.zvonok.compat.fpwcsapi.constraints.Constraints;
import org.zvonok.compat.fpwcsapi.constraints.VideoConstraints;
import org.zvonok.compat.fpwcsapi.session.Call;
import org.zvonok.compat.fpwcsapi.session.CallOptions;
import org.zvonok.compat.fpwcsapi.session.CallStatusEvent;
import org.zvonok.compat.fpwcsapi.session.IncomingCallEvent;
import org.zvonok.compat.fpwcsapi.session.Session;
import org.zvonok.compat.fpwcsapi.session.SessionEvent;
import org.zvonok.compat.fpwcsapi.session.SessionOptions;

/**
 * Sessions and calls by the surface of WCS alone, as an app that comes from there has them. Has no
 * views, so that the same code makes calls on a device and in a plain JVM.
 */
public final class CheckPhone {
    /** Where it shows what happens. */
    public interface Screen {
        /**
         * A callback of a session or call came.
         *
         * @param callback its name
         * @param status what the session or call says of itself
         */
        void show(String callback, String status);
    }

    private final Screen screen;
    private Session session;
    private Call call;
    private String authToken;

    private final CallStatusEvent callStatusEvent = new CallStatusEvent() {
        @Override
        public void onTrying(Call call) {
            screen.show("onTrying", call.getStatus());
        }

        @Override
        public void onBusy(Call call) {
            screen.show("onBusy", call.getStatus());
        }

        @Override
        public void onFailed(Call call) {
            screen.show("onFailed", call.getStatus());
        }

        @Override
        public void onRing(Call call) {
            screen.show("onRing", call.getStatus());
        }

        @Override
        public void onHold(Call call) {
            screen.show("onHold", call.getStatus());
        }

        @Override
        public void onEstablished(Call call) {
            screen.show("onEstablished", call.getStatus());
        }

        @Override
        public void onFinished(Call call) {
            screen.show("onFinished", call.getStatus());
        }
    };

    /**
     * A phone without a session.
     *
     * @param screen where it shows what happens
     */
    public CheckPhone(Screen screen) {
        this.screen = screen;
    }

    /**
     * Makes a session and gives it its listeners; {@code local} and {@code remote} may be null.
     *
     * @param url the gateway's
     * @param local where the own picture is shown
     * @param remote where the far end's picture is shown
     */
    public void open(String url, SurfaceViewRenderer local, SurfaceViewRenderer remote) {
        SessionOptions sessionOptions = new SessionOptions(url);
        sessionOptions.setLocalRenderer(local);
        sessionOptions.setRemoteRenderer(remote);
        session = Flashphoner.createSession(sessionOptions);
        session.on(new SessionEvent() {
            @Override
            public void onAppData(Data data) {
                screen.show("onAppData", String.valueOf(data));
            }

            @Override
            public void onConnected(Connection connection) {
                authToken = connection.getAuthToken();
                screen.show("onConnected", connection.getStatus());
            }

            @Override
            public void onRegistered(Connection connection) {
                screen.show("onRegistered", connection.getStatus());
            }

            @Override
            public void onDisconnection(Connection connection) {
                screen.show("onDisconnection", connection.getStatus());
            }
        });
        session.on(new IncomingCallEvent() {
            @Override
            public void onCall(Call incoming) {
                call = incoming;
                call.on(callStatusEvent);
                screen.show("onCall", call.getStatus() + " " + call.getCaller());
            }
        });
    }

    /**
     * Connects with an account.
     *
     * @param login the SIP login
     * @param password the SIP password
     * @param domain the SIP server
     * @param port the SIP server's
     * @param register whether to register there
     */
    public void connect(String login, String password, String domain, int port, boolean register) {
        Connection connection = new Connection();
        connection.setSipLogin(login);
        connection.setSipPassword(password);
        connection.setSipDomain(domain);
        connection.setSipOutboundProxy(domain);
        connection.setSipPort(port);
        connection.setSipRegisterRequired(register);
        connection.setKeepAlive(true);
        session.connect(connection);
    }

    /**
     * Connects with a token of before.
     *
     * @param token from {@link #getAuthToken}
     */
    public void connectWithToken(String token) {
        Connection connection = new Connection();
        connection.setAuthToken(token);
        connection.setKeepAlive(true);
        session.connect(connection);
    }

    /**
     * Connects without an account, which the server has then.
     *
     * @param appKey names the application to it
     */
    public void connectAsApp(String appKey) {
        Connection connection = new Connection();
        connection.setAppKey(appKey);
        session.connect(connection);
    }

    /**
     * Calls somebody: the founding document's snippet.
     *
     * @param callee whom
     * @param wishes names of libwebrtc's constraints that are wanted
     * @param inviteParameters headers of the INVITE; may be null
     */
    public void call(String callee, List<String> wishes, Map<String, String> inviteParameters) {
        CallOptions callOptions = new CallOptions(callee);
        AudioConstraints audioConstraints = callOptions.getConstraints().getAudioConstraints();
        MediaConstraints mediaConstraints = audioConstraints.getMediaConstraints();
        for (String wish : wishes) {
            mediaConstraints.optional.add(new MediaConstraints.KeyValuePair(wish, "true"));
        }
        callOptions.setInviteParameters(inviteParameters);
        call = session.createCall(callOptions);
        call.on(callStatusEvent);
        call.call();
    }

    /**
     * Calls somebody with a picture, in one of the ways to ask for it.
     *
     * @param callee whom
     */
    public void callWithVideo(String callee) {
        CallOptions callOptions = new CallOptions(callee);
        callOptions.getConstraints().updateVideo(true);
        call = session.createCall(callOptions);
        call.on(callStatusEvent);
        call.call();
    }

    /**
     * Calls somebody with constraints of one's own making.
     *
     * @param callee whom
     * @param muted whether the microphone is off at first
     */
    public void callWithConstraints(String callee, boolean muted) {
        Constraints constraints =
                muted
                        ? new Constraints(false, true)
                        : new Constraints(new AudioConstraints(), null);
        constraints.setVideoConstraints(new VideoConstraints());
        constraints.updateAudio(!muted);
        CallOptions callOptions = new CallOptions(callee);
        callOptions.setConstraints(constraints);
        call = session.createCall(callOptions);
        call.on(callStatusEvent);
        call.call();
    }

    /**
     * Answers the call that rings.
     *
     * @param video with a picture
     */
    public void answer(boolean video) {
        if (video) {
            call.getCallOptions().getConstraints().updateVideo(true);
            call.getCallObject().setHasVideo(true);
        }
        call.answer();
    }

    /** Ends the call. */
    public void hangup() {
        call.hangup();
    }

    /** Puts the call on hold. */
    public void hold() {
        call.hold();
    }

    /** Takes the call back. */
    public void unhold() {
        call.unhold();
    }

    /**
     * Sends digits among the sound.
     *
     * @param digits which
     */
    public void sendDigits(String digits) {
        call.sendDTMF(digits, Call.DTMFType.RFC2833);
    }

    /**
     * Sends digits by SIP.
     *
     * @param digits which
     * @param relay as {@code dtmf-relay}
     */
    public void sendDigitsBySip(String digits, boolean relay) {
        call.sendDTMF(digits, relay ? Call.DTMFType.INFO_RELAY : Call.DTMFType.INFO);
    }

    /**
     * The microphone.
     *
     * @param muted off
     */
    public void setAudioMuted(boolean muted) {
        if (muted) {
            call.muteAudio();
        } else {
            call.unmuteAudio();
        }
    }

    /**
     * The camera.
     *
     * @param muted off
     */
    public void setVideoMuted(boolean muted) {
        if (muted) {
            call.muteVideo();
        } else {
            call.unmuteVideo();
        }
    }

    /**
     * The token to come back with.
     *
     * @return null: none yet
     */
    public String getAuthToken() {
        return authToken;
    }

    /** Ends the session. */
    public void disconnect() {
        session.disconnect();
    }
}
