package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.zvonok.sdk.Received.Kind;
import org.zvonok.sdk.spi.IceServer;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Decides for a session, on the scheduler's thread. {@link Session} has its states as a picture.
 *
 * <p>RECONNECTING: the connection is lost, the gateway keeps session and calls for a while, and we
 * try to return with its token. A gateway that does not grant {@code resume} is gone when its
 * connection is.
 */
final class SessionMachine implements Link.Events, Reconnect.Steps {
    /** What only comes where it was granted is not believed elsewhere. */
    private static final Map<Kind, String> FEATURE_OF = new EnumMap<>(Kind.class);

    static {
        FEATURE_OF.put(Kind.REPORT, "report");
        FEATURE_OF.put(Kind.VERDICT, "verdict");
        FEATURE_OF.put(Kind.QUALITY, "quality");
        FEATURE_OF.put(Kind.REOFFER, "reoffer");
    }

    private final Platform platform;
    private final SdkConfig config;
    private final SessionHub hub;
    private final Line line = new SessionLine();
    private final Calls calls;
    private final Deadline deadline;
    private final Reconnect reconnect;
    private final Rival rival;
    private final Runnable networkChanged = this::onNetworkChanged;
    private SessionState state = SessionState.IDLE;
    private int epoch;
    private SdkError why;
    private Link link;
    /** With its password: only until a token stands for it. */
    private Connection connection;
    private boolean registered;
    /** Calls can be made, and taken if the account is to be registered. */
    private boolean wasReady;
    /** What the app was told since it asked to connect. */
    private boolean wasConnected;
    private boolean wasRegistered;
    /** Why the gateway is about to end the session: with its last call at the latest. */
    private SdkError fault;
    private List<String> granted = Collections.emptyList();
    private List<IceServer> iceServers = Collections.emptyList();
    private String login = "";
    private String token = "";
    /** The last numbered message; negative: none was seen. */
    private long lastSeq = Received.NO_SEQ;

    SessionMachine(Platform platform, SdkConfig config, SessionHub hub) {
        this.platform = platform;
        this.config = config;
        this.hub = hub;
        deadline = new Deadline(platform.scheduler());
        reconnect = new Reconnect(platform.scheduler(), config, platform.random(), this);
        rival = new Rival(platform.scheduler(), this::openLink);
        calls = new Calls(line, hub::tellIncoming);
    }

    Line line() {
        return line;
    }

    /* ---- what the person wishes ---- */

    void connect(Connection to, int newEpoch) {
        epoch = newEpoch;
        connection = to;
        login = to.getSipLogin();
        token = "";
        lastSeq = Received.NO_SEQ;
        registered = wasReady = wasConnected = wasRegistered = false;
        why = fault = null;
        become(SessionState.CONNECTING);
        platform.network().watch(networkChanged);
        SdkError mistake = ConnectionCheck.findMistake(to, config.isSpaceInAuthNameAllowed());
        if (mistake != null) {
            end(mistake);
            return;
        }
        deadline.set(config.getConnectMillis(),
                () -> end(SdkError.builder("connect_timeout").field("url").build()));
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

    /* ---- links ---- */

    /** Opens a link in place of the one before, unless one is opening already. */
    @Override
    public void attempt() {
        if (link != null) {
            link.giveUp();
            link = null;
        }
        registered = false;
        Link taken = rival.take();
        link = taken == null ? openLink() : taken;
        if (link != null && link.isOpen()) {
            introduce(link);
        }
    }

    /** Null: the URL is none, and the session has ended. */
    private Link openLink() {
        try {
            return new Link(platform, connection.getUrl(), config.getSilenceMillis(), this);
        } catch (IllegalArgumentException e) {
            end(SdkError.builder("bad_url").field("url").throwable(e).build());
            return null;
        }
    }

    @Override
    public void opened(Link which) {
        if (which == link) {
            introduce(which);
        } else if (rival.is(which)) {
            onGone(SdkError.of("gateway_silent"));
        }
    }

    /** Says who we are. */
    private void introduce(Link to) {
        if (!token.isEmpty()) {
            to.send(MessageWriter.returning(connection, config, token, lastSeq));
        } else if (!connection.getAuthToken().isEmpty()) {
            to.send(MessageWriter.returning(connection, config, connection.getAuthToken(),
                    Received.NO_SEQ));
        } else {
            to.send(MessageWriter.connection(connection, config));
        }
    }

    @Override
    public void lost(Link which, SdkError because) {
        if (rival.is(which)) {
            rival.stop();
        }
        if (which == link) {
            link = null;
            onGone(because);
        }
    }

    /** The link is of no use any more. */
    private void onGone(SdkError because) {
        if (state == SessionState.RECONNECTING) {
            reconnect.failed();
        } else if (token.isEmpty() || !wasConnected) {
            end(because);
        } else {
            why = because;
            deadline.clear();
            become(SessionState.RECONNECTING);
            hub.tellReconnecting(because);
            calls.onLost();
            reconnect.start(rival.isStarted());
        }
    }

    @Override
    public void giveUp() {
        end(why == null ? SdkError.of("gateway_lost") : why);
    }

    private void onNetworkChanged() {
        if (state == SessionState.RECONNECTING) {
            reconnect.networkChanged();
            return;
        }
        rival.stop(); // it was of the network before
        doubt(calls::onNetworkChanged);
    }

    /** The link may be dead: `alive` runs when it is not, else what can return does by another. */
    private void doubt(Runnable alive) {
        boolean canReturn = !token.isEmpty() && wasConnected;
        if (link != null) {
            link.probe(canReturn ? config.getMovedMillis() : config.getProbeMillis(), () -> {
                rival.stop();
                alive.run();
            });
        }
        if (canReturn && !rival.isStarted()) {
            rival.start();
        }
    }

    /* ---- messages ---- */

    @Override
    public void message(Link from, Received message) {
        if (from != link || !isNew(message)) {
            return;
        }
        switch (message.kind) {
            case PING:
                link.send(MessageWriter.pong());
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
            case IGNORED:
                return;
            default:
                String feature = FEATURE_OF.get(message.kind);
                if (feature == null || granted.contains(feature)) {
                    calls.onMessage(message);
                }
        }
    }

    /** A message that was told before comes again after a return. */
    private boolean isNew(Received message) {
        if (message.seq == Received.NO_SEQ || token.isEmpty()) {
            return true;
        }
        boolean isNew = message.seq > lastSeq;
        lastSeq = Math.max(lastSeq, message.seq);
        calls.onNumbered();
        return isNew;
    }

    private void onWelcome(Welcome welcome) {
        if (state != SessionState.CONNECTING && state != SessionState.RECONNECTING) {
            return;
        }
        granted = welcome.features;
        iceServers = granted.contains("iceServers") ? welcome.iceServers
                : Collections.<IceServer>emptyList();
        if (!welcome.login.isEmpty()) {
            login = welcome.login;
        }
        if (!welcome.token.isEmpty()) {
            hub.setAuthToken(welcome.token);
        }
        boolean resumes = granted.contains("resume") && !welcome.token.isEmpty();
        if (state == SessionState.RECONNECTING && !resumes) {
            end(SdkError.of("gateway_lost"));
        } else if (resumes) {
            boolean returns = state == SessionState.RECONNECTING || isTaken();
            keepToken(welcome.token, returns);
            if (!returns) { // else zvResumed says when we are back
                lastSeq = 0;
                onConnected();
            }
        } else {
            onConnected();
        }
    }

    /** The session was begun by a token, perhaps by an app that was killed since. */
    private boolean isTaken() {
        return !connection.getAuthToken().isEmpty();
    }

    /** The token before is good until something was said on this link: it must not stay so. */
    private void keepToken(String newToken, boolean returns) {
        token = newToken;
        if (returns) {
            link.send(MessageWriter.ping());
        }
        link.setSilence(config.getPauseMillis());
    }

    private void onConnected() {
        wasConnected = true;
        become(SessionState.ESTABLISHED);
        hub.tellConnected();
        if (registered) {
            onReady();
        } else if (connection.isSipRegisterRequired() && !isTaken()) {
            deadline.set(config.getRegisterMillis(), () -> end(SdkError.of("register_timeout")));
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
            tellRegistered();
        }
    }

    private void tellRegistered() {
        if (!wasRegistered) {
            wasRegistered = true;
            hub.tellRegistered();
        }
    }

    private void onResumed(Resumed resumed) {
        if (state == SessionState.CONNECTING) {
            onConnected();
            calls.onResumed(resumed);
            return;
        }
        if (state != SessionState.RECONNECTING) {
            return;
        }
        reconnect.stop();
        why = null;
        become(registered ? SessionState.REGISTERED : SessionState.ESTABLISHED);
        hub.tellReconnected();
        if (registered || wasReady || !connection.isSipRegisterRequired()) {
            onReady();
        } else {
            deadline.set(config.getRegisterMillis(), () -> end(SdkError.of("register_timeout")));
        }
        calls.onResumed(resumed);
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
            if (message.error.getCause().equals("resume_unknown_token")) {
                end(fault == null ? message.error : fault);
            }
        } else if (!wasReady) {
            end(message.error);
        } else {
            hub.warn(message.error);
        }
    }

    /* ---- the end ---- */

    /** Null: as it was wished. */
    private void end(SdkError because) {
        if (!isOpen()) {
            return;
        }
        deadline.clear();
        reconnect.stop();
        rival.stop();
        platform.network().unwatch(networkChanged);
        if (link != null) {
            link.close();
            link = null;
        }
        token = "";
        lastSeq = Received.NO_SEQ;
        granted = Collections.emptyList();
        connection = null;
        state = SessionState.DISCONNECTED;
        log("over: " + (because == null ? "disconnected" : because.getCause()));
        calls.end(because == null ? SdkError.of("disconnected") : because, because == null);
        hub.end(epoch, because);
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
            return login;
        }

        @Override
        public String visibleName() {
            return connection == null ? "" : connection.getSipVisibleName();
        }

        @Override
        public List<IceServer> iceServers() {
            return iceServers;
        }

        @Override
        public boolean canResume() {
            return !token.isEmpty();
        }

        @Override
        public boolean isUp() {
            return SessionMachine.this.isUp();
        }

        @Override
        public void send(String text) {
            if (isUp() && link != null) {
                link.send(text);
            }
        }

        @Override
        public void doubt() {
            if (isUp()) {
                SessionMachine.this.doubt(() -> { });
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
            calls.remove(call, granted.contains("report"));
            showCalls();
        }
    }

    /* ---- */

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
}
