package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.zvonok.sdk.spi.IceServer;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Decides for a session, on the scheduler's thread. {@link Session} has its states as a picture.
 *
 * <p>RECONNECTING: the connection is lost, the gateway keeps session and calls for a while, and we
 * try to return with its token. A gateway that does not grant {@code resume} is gone when its
 * connection is.
 */
final class SessionMachine implements Links.Steps, Reconnect.Steps {
    private final Platform platform;
    private final SdkConfig config;
    private final SessionHub hub;
    private final Line line = new SessionLine();
    private final Links links;
    private final Calls calls;
    private final Standing standing = new Standing();
    private final Deadline deadline;
    private final Reconnect reconnect;
    private final Runnable networkChanged = this::onNetworkChanged;
    private SessionState state = SessionState.IDLE;
    private int epoch;
    /** Why the session is RECONNECTING. */
    private SdkError why;
    /** Why the gateway is about to end the session: with its last call at the latest. */
    private SdkError fault;
    private Connection connection;
    /** The SIP server has the account, as far as this link has told. */
    private boolean registered;
    /** The session was once as far as its account asks. */
    private boolean wasReady;
    /** What the app was told since it asked to connect. */
    private boolean wasConnected;
    private boolean wasRegistered;

    SessionMachine(Platform platform, SdkConfig config, SessionHub hub) {
        this.platform = platform;
        this.config = config;
        this.hub = hub;
        links = new Links(platform, config, this);
        deadline = new Deadline(platform.scheduler());
        reconnect = new Reconnect(platform.scheduler(), config, platform.random(), this);
        calls = new Calls(line, hub::tellIncoming);
    }

    Line line() {
        return line;
    }

    /* ---- what the person wishes ---- */

    void connect(Connection to, int newEpoch) {
        epoch = newEpoch;
        connection = to;
        standing.begin(to.getSipLogin());
        registered = wasReady = wasConnected = wasRegistered = false;
        why = fault = null;
        become(SessionState.CONNECTING);
        SdkError mistake = ConnectionCheck.findMistake(to, config.isSpaceInAuthNameAllowed());
        if (mistake != null) {
            end(mistake);
            return;
        }
        deadline.set(config.limitMillis(Wait.CONNECT),
                () -> end(SdkError.builder("connect_timeout").field("url").build()));
        platform.network().watch(networkChanged);
        links.setUrl(to.getUrl());
        attempt();
    }

    void disconnect() {
        if (isOpen()) {
            for (CallMachine call : new ArrayList<>(calls.all())) {
                call.hangup();
            }
            end(null);
        }
    }

    private boolean isOpen() {
        return state != SessionState.IDLE && state != SessionState.DISCONNECTED;
    }

    private boolean isUp() {
        return state == SessionState.ESTABLISHED || state == SessionState.REGISTERED;
    }

    /* ---- the link ---- */

    @Override
    public void attempt() {
        registered = false;
        links.attempt();
    }

    /** Says who we are. With the password only until a token stands for it. */
    @Override
    public void opened() {
        if (standing.canReturn()) {
            links.send(MessageWriter.returning(connection, config, standing.token(),
                    standing.lastSeq()));
        } else if (isTaken()) {
            links.send(MessageWriter.returning(connection, config, connection.getAuthToken(),
                    Received.NO_SEQ));
        } else {
            links.send(MessageWriter.connection(connection, config));
        }
    }

    @Override
    public boolean returns() {
        return (standing.canReturn() || isTaken()) && !standing.isForgotten();
    }

    /** The session was begun by a token, perhaps by an app that was killed since. */
    private boolean isTaken() {
        return !connection.getAuthToken().isEmpty();
    }

    @Override
    public void refused(SdkError because) {
        end(because);
    }

    @Override
    public void gone(SdkError because) {
        if (state == SessionState.RECONNECTING) {
            reconnect.failed();
        } else if (canReturn()) {
            why = standing.explain(because);
            deadline.clear();
            become(SessionState.RECONNECTING);
            hub.tellReconnecting(why);
            calls.onLost();
            reconnect.start(links.hasRival());
        } else {
            end(standing.explain(because));
        }
    }

    private boolean canReturn() {
        return standing.canReturn() && wasConnected;
    }

    @Override
    public void giveUp() {
        end(why);
    }

    private void onNetworkChanged() {
        if (state == SessionState.RECONNECTING) {
            reconnect.networkChanged();
            return;
        }
        links.onNetworkChanged();
        links.doubt(canReturn(), calls::onNetworkChanged);
    }

    /* ---- messages ---- */

    @Override
    public void message(Received message) {
        if (!isNew(message)) {
            return;
        }
        switch (message.kind) {
            case PING:
                links.send(MessageWriter.pong());
                return;
            case WELCOME:
                onWelcome(message.welcome);
                return;
            case REGISTERED:
                onRegistered();
                return;
            case RESUMED:
                onResumed(message.resumed);
                return;
            case FAILED:
                onFailed(message);
                return;
            case DRAIN:
                if (standing.mayTell(message.kind)) {
                    onDraining(message.draining);
                }
                return;
            default:
                if (standing.mayTell(message.kind)) {
                    calls.onMessage(message);
                }
        }
    }

    private boolean isNew(Received message) {
        if (message.seq == Received.NO_SEQ || !standing.canReturn()) {
            return true;
        }
        calls.onNumbered();
        return standing.isNew(message.seq);
    }

    private void onWelcome(Welcome welcome) {
        if (state != SessionState.CONNECTING && state != SessionState.RECONNECTING) {
            return;
        }
        boolean resumes = standing.take(welcome);
        if (!welcome.token.isEmpty()) {
            hub.setAuthToken(welcome.token);
        }
        if (state == SessionState.RECONNECTING && !resumes) {
            end(SdkError.of("gateway_lost"));
        } else if (resumes && (state == SessionState.RECONNECTING || isTaken())) {
            links.send(MessageWriter.ping()); // the token before is good until we say something
            links.watchClosely();             // zvResumed says when we are back
        } else {
            if (resumes) {
                standing.expectAll();
                links.watchClosely();
            }
            onConnected();
        }
    }

    private void onConnected() {
        wasConnected = true;
        become(SessionState.ESTABLISHED);
        hub.tellConnected();
        if (registered) {
            onReady();
        } else {
            awaitRegistration();
        }
    }

    private void awaitRegistration() {
        boolean hasAccount = !connection.getSipLogin().isEmpty() && !isTaken();
        if (hasAccount && connection.isSipRegisterRequired()) {
            deadline.set(config.limitMillis(Wait.REGISTER),
                    () -> end(SdkError.of("register_timeout")));
        } else {
            onReady();
        }
    }

    private void onRegistered() {
        registered = true;
        if (isUp()) {
            onReady();
        }
    }

    private void onReady() {
        deadline.clear();
        wasReady = true;
        if (registered) {
            become(SessionState.REGISTERED);
            if (!wasRegistered) {
                wasRegistered = true;
                hub.tellRegistered();
            }
        }
    }

    private void onResumed(Resumed resumed) {
        if (state == SessionState.CONNECTING && standing.canReturn()) {
            onConnected();
            calls.onResumed(resumed);
        } else if (state == SessionState.RECONNECTING) {
            onReturned();
            calls.onResumed(resumed);
        }
    }

    private void onReturned() {
        reconnect.stop();
        why = null;
        standing.setDraining(null); // it is told again, if it is still so
        hub.forgetDraining();
        become(registered ? SessionState.REGISTERED : SessionState.ESTABLISHED);
        hub.tellReconnected();
        if (registered || wasReady) {
            onReady();
        } else {
            awaitRegistration();
        }
    }

    /** A failure about a call comes before its end; one before the session is ready is final. */
    private void onFailed(Received message) {
        if (calls.onFailed(message)) {
            return;
        }
        if (message.text.equals("RegistrationStatusEvent")) {
            fault = message.error;
        }
        if (state == SessionState.RECONNECTING) {
            onRefused(message.error);
        } else if (!wasReady) {
            end(message.error);
        } else {
            hub.warn(message.error);
        }
    }

    /** A return was refused: there is no such session any more, or not now. */
    private void onRefused(SdkError because) {
        if (because.getCause().equals("resume_unknown_token")) {
            end(fault == null ? standing.explain(because) : fault);
        } else if (because.getCause().equals("draining")) {
            why = because;
            become(state); // for another reason
            reconnect.prolong();
            onDraining(new Draining(0, because));
        }
    }

    private void onDraining(Draining draining) {
        standing.setDraining(draining);
        hub.tellDraining(draining);
    }

    /* ---- the end ---- */

    /** Null: as it was wished. */
    private void end(SdkError because) {
        if (!isOpen()) {
            return;
        }
        log(state + " -> DISCONNECTED" + (because == null ? "" : " (" + because.getCause() + ")"));
        state = SessionState.DISCONNECTED;
        deadline.clear();
        reconnect.stop();
        links.close();
        platform.network().unwatch(networkChanged);
        calls.end(because == null ? SdkError.of("disconnected") : because, because == null);
        standing.end();
        connection = null;
        hub.end(epoch, because);
    }

    private void become(SessionState now) {
        if (state != now) {
            log(state + " -> " + now);
        }
        state = now;
        hub.become(now, why);
    }

    private void log(String text) {
        platform.log().log(SdkLog.INFO, "zvonok", "session: " + text);
    }

    /* ---- calls ---- */

    private void showCalls() {
        List<Call> shown = new ArrayList<>();
        int live = 0;
        boolean video = false;
        boolean ringing = false;
        for (CallMachine call : calls.all()) {
            shown.add(call.shown());
            ringing |= call.isRingingHere();
            live += call.isRingingHere() ? 0 : 1;
            video |= !call.isRingingHere() && call.hasVideo();
        }
        hub.setCalls(Collections.unmodifiableList(shown));
        platform.audio().set(this, new AudioTally.Share(live, video, ringing));
    }

    private final class SessionLine implements Line {
        @Override
        public Platform platform() {
            return platform;
        }

        @Override
        public SdkConfig config() {
            return config;
        }

        @Override
        public String login() {
            return standing.login();
        }

        @Override
        public String visibleName() {
            return connection == null ? "" : connection.getSipVisibleName();
        }

        @Override
        public List<IceServer> iceServers() {
            return standing.iceServers();
        }

        @Override
        public boolean canResume() {
            return standing.canReturn();
        }

        @Override
        public boolean isUp() {
            return SessionMachine.this.isUp();
        }

        @Override
        public void send(String text) {
            if (isUp()) {
                links.send(text);
            }
        }

        @Override
        public void doubt() {
            if (isUp()) {
                links.doubt(canReturn(), () -> { });
            }
        }

        @Override
        public SdkError started(CallMachine call) {
            if (!isUp() && state != SessionState.RECONNECTING) {
                return SdkError.of("session_not_ready");
            }
            if (!calls.add(call)) {
                return SdkError.of("limit_client_calls");
            }
            showCalls();
            return null;
        }

        @Override
        public void changed() {
            showCalls();
        }

        @Override
        public void ended(CallMachine call) {
            calls.remove(call, standing.hasReports());
            showCalls();
        }
    }
}
