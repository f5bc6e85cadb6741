package org.zvonok.compat.fpwcsapi.session;

import org.webrtc.MediaConstraints;
import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.spi.Backend;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.spi.MediaOptions;

/**
 * One connection with the gateway, and the calls on it. Any thread may use it; nothing here blocks.
 *
 * <p>A thin layer over {@link org.zvonok.sdk.Session}, which {@link #getSdkSession} gives for what
 * WCS did not have.
 */
public final class Session {
    private final org.zvonok.sdk.Session session;
    private final SessionOptions options;
    private final Backend backend;
    private volatile Connection account = new Connection();
    private volatile String status = account.getStatus();
    private volatile SessionEvent sessionEvent;
    private volatile IncomingCallEvent incomingCallEvent;
    /** All have the same renderers, so that the newest can free them. */
    private volatile MediaOptions newestMedia;

    /**
     * Made by {@code Flashphoner.createSession}.
     *
     * @param options where to connect to
     * @param backend what it stands on
     */
    public Session(SessionOptions options, Backend backend) {
        this.options = options;
        this.backend = backend;
        session = backend.createSession();
        session.addListener(new Events());
    }

    /**
     * Who is told of this session, instead of who was before. Set it before {@link #connect}.
     *
     * @param event null: nobody
     */
    public void on(SessionEvent event) {
        sessionEvent = event;
    }

    /**
     * Who is told of calls that come in, instead of who was before. Without anybody a call rings
     * until its caller gives up. Set it before {@link #connect}.
     *
     * @param event null: nobody
     */
    public void on(IncomingCallEvent event) {
        incomingCallEvent = event;
    }

    /**
     * Connects, and registers if the account says so. A malformed account is refused before
     * anything is sent: {@link SessionEvent#onDisconnection} with an error that names the field and
     * the remedy.
     *
     * @param connection the account, or a token from before
     */
    public void connect(Connection connection) {
        account = connection;
        session.connect(connection.toSdkConnection(options.getServerUrl()));
    }

    /** Ends the session and its calls; {@link SessionEvent#onDisconnection} follows. */
    public void disconnect() {
        session.disconnect();
    }

    /**
     * A call to be made; nothing happens before {@link Call#call}.
     *
     * @param callOptions whom to call and how, read now
     * @return status {@code NEW}; give it a listener
     */
    public Call createCall(CallOptions callOptions) {
        org.zvonok.sdk.CallOptions wish =
                org.zvonok.sdk.CallOptions.builder(callOptions.getCallee())
                        .video(callOptions.getConstraints().hasVideo())
                        .inviteParameters(callOptions.getInviteParameters())
                        .mediaOptions(createMediaOptions(callOptions))
                        .build();
        return new Call(session.createCall(wish), callOptions, this);
    }

    /**
     * What this session stands on: reconnecting, quality, verdicts and all else that WCS did not
     * have.
     *
     * @return always the same
     */
    public org.zvonok.sdk.Session getSdkSession() {
        return session;
    }

    MediaOptions createMediaOptions(CallOptions callOptions) {
        MediaConstraints audio =
                callOptions.getConstraints().getAudioConstraints().getMediaConstraints();
        newestMedia =
                backend.createMediaOptions(
                        options.getLocalRenderer(), options.getRemoteRenderer(), audio);
        return newestMedia;
    }

    private Connection snapshot(SdkError error) {
        return new Connection(account, status, session.getAuthToken(), error);
    }

    /** Turns what the session below tells into WCS's callbacks. */
    private final class Events implements SessionListener {
        @Override
        public void onConnected(org.zvonok.sdk.Session from) {
            tell(SessionCallback.CONNECTED, null);
        }

        @Override
        public void onRegistered(org.zvonok.sdk.Session from) {
            tell(SessionCallback.REGISTERED, null);
        }

        @Override
        public void onDisconnected(org.zvonok.sdk.Session from, SdkError why) {
            backend.releaseMediaOptions(newestMedia);
            tell(SessionCallback.DISCONNECTION, why);
        }

        @Override
        public void onIncomingCall(org.zvonok.sdk.Session from, org.zvonok.sdk.Call incoming) {
            CallOptions callOptions = new CallOptions(incoming.getCallee());
            // It may be answered from its notification, without any code of the app.
            incoming.setMediaOptions(createMediaOptions(callOptions));
            IncomingCallEvent event = incomingCallEvent;
            if (event != null) {
                event.onCall(new Call(incoming, callOptions, Session.this));
            }
        }

        @Override
        public void onReconnecting(org.zvonok.sdk.Session from, SdkError why) {
            SessionEvent event = sessionEvent;
            if (event != null) {
                event.onReconnecting(snapshot(why));
            }
        }

        @Override
        public void onReconnected(org.zvonok.sdk.Session from) {
            SessionEvent event = sessionEvent;
            if (event != null) {
                event.onReconnected(snapshot(null));
            }
        }

        @Override
        public void onWarning(org.zvonok.sdk.Session from, SdkError error) {
            SessionEvent event = sessionEvent;
            if (event != null) {
                event.onWarning(snapshot(null), error);
            }
        }

        private void tell(SessionCallback what, SdkError error) {
            status = what.status(error);
            SessionEvent event = sessionEvent;
            if (event != null) {
                what.deliver(event, snapshot(error));
            }
        }
    }
}
