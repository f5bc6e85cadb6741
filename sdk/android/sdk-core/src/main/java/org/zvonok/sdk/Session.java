package org.zvonok.sdk;

import java.util.List;
import java.util.Objects;

/**
 * The connection to a gateway, with one SIP account, and the calls over it.
 *
 * <pre>
 * IDLE ─► CONNECTING ─► ESTABLISHED ─► REGISTERED       any ─► DISCONNECTED ─► CONNECTING …
 *                             └─────┬───────┘
 *                              RECONNECTING
 * </pre>
 *
 * <p>All methods may be called on any thread and return at once. What happens is told to listeners.
 */
public final class Session {
    private final Platform platform;
    private final SessionHub hub;
    private final SessionMachine machine;
    /** The machine learns wishes of several threads in the order in which they were noted. */
    private final Object wishes = new Object();

    /**
     * A session that is not connected.
     *
     * @param platform what it runs on; shared by all sessions of a process
     * @param config its waits
     */
    public Session(Platform platform, SdkConfig config) {
        this.platform = platform;
        hub = new SessionHub(this, platform);
        machine = new SessionMachine(platform, config, hub);
    }

    /**
     * Begins to listen.
     *
     * @param listener is told what happens from now on
     */
    public void addListener(SessionListener listener) {
        hub.addListener(listener);
    }

    /**
     * Stops to listen.
     *
     * @param listener is told nothing any more
     */
    public void removeListener(SessionListener listener) {
        hub.removeListener(listener);
    }

    /**
     * Connects: {@code onConnected} or {@code onDisconnected} follows, within the limits of the
     * configuration. A malformed field is told by {@code onDisconnected}, and nothing is sent.
     *
     * @param connection where to, and with which account
     * @throws IllegalStateException when the session is connected or connecting
     */
    public void connect(Connection connection) {
        Objects.requireNonNull(connection, "connection");
        synchronized (wishes) {
            int epoch = hub.open();
            platform.scheduler().execute(() -> machine.connect(connection, epoch));
        }
    }

    /** Hangs up the calls and closes the connection; without effect when there is none. */
    public void disconnect() {
        synchronized (wishes) {
            hub.close();
            platform.scheduler().execute(machine::disconnect);
        }
    }

    /**
     * A call, to be started by {@link Call#call}. Nothing happens before that.
     *
     * @param options whom to call, and how
     * @return the call
     */
    public Call createCall(CallOptions options) {
        return new Call(machine.line(),
                CallOrigin.outgoing(Objects.requireNonNull(options, "options")));
    }

    /**
     * Where the session is.
     *
     * @return its state
     */
    public SessionState getState() {
        return hub.state();
    }

    /**
     * Why it is DISCONNECTED or RECONNECTING.
     *
     * @return null in other states, and after {@code disconnect}
     */
    public SdkError getError() {
        return hub.error();
    }

    /**
     * What the gateway has said last of a restart, as {@code onDraining} tells.
     *
     * @return null: nothing, or that it goes on after all; also after a return and after the end
     */
    public Draining getDraining() {
        return hub.draining();
    }

    /**
     * The token by which this session can be taken up again: {@link Connection.Builder#authToken}.
     * It changes at each return. Whoever has it can take the session over.
     *
     * @return empty: the gateway has given none yet
     */
    public String getAuthToken() {
        return hub.authToken();
    }

    /**
     * The calls that have begun and have not ended.
     *
     * @return as they are now
     */
    public List<Call> getCalls() {
        return hub.calls();
    }
}
