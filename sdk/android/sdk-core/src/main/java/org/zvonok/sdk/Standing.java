package org.zvonok.sdk;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.zvonok.sdk.Received.Kind;
import org.zvonok.sdk.spi.IceServer;

/**
 * What a session has from its gateway: who it is there, what was granted, the token to return with,
 * up to which message it has heard everything, and whether the gateway is about to leave.
 */
final class Standing {
    /** What only comes where it was granted is not believed elsewhere. */
    private static final Map<Kind, String> FEATURE_OF = new EnumMap<>(Kind.class);

    static {
        FEATURE_OF.put(Kind.DTMF, "dtmf");
        FEATURE_OF.put(Kind.REPORT, "report");
        FEATURE_OF.put(Kind.VERDICT, "verdict");
        FEATURE_OF.put(Kind.QUALITY, "quality");
        FEATURE_OF.put(Kind.REOFFER, "reoffer");
        FEATURE_OF.put(Kind.DRAIN, "drain");
    }

    private List<String> granted = Collections.emptyList();
    private List<IceServer> iceServers = Collections.emptyList();
    private String login = "";
    private String token = "";
    private long lastSeq = Received.NO_SEQ;
    private Draining draining;

    /** A new session, of this account. */
    void begin(String accountLogin) {
        end();
        login = accountLogin;
    }

    /** The token is void, and nothing is granted any more. */
    void end() {
        granted = Collections.emptyList();
        iceServers = Collections.emptyList();
        token = "";
        lastSeq = Received.NO_SEQ;
        draining = null;
    }

    /** Null: the gateway goes on. */
    void setDraining(Draining now) {
        draining = now;
    }

    /** A gateway that drains keeps no session without calls. */
    boolean isForgotten() {
        return draining != null && draining.getLeftMillis() == 0;
    }

    /** Why the gateway is gone: as it has said itself, else as it shows. */
    SdkError explain(SdkError shows) {
        return draining == null ? shows : draining.getReason();
    }

    /** True: the session can be returned to. */
    boolean take(Welcome welcome) {
        granted = welcome.features;
        iceServers = granted.contains("iceServers") ? welcome.iceServers
                : Collections.<IceServer>emptyList();
        if (!welcome.login.isEmpty()) {
            login = welcome.login;
        }
        boolean resumes = granted.contains("resume") && !welcome.token.isEmpty();
        if (resumes) {
            token = welcome.token;
        }
        return resumes;
    }

    /** Messages are numbered from 1 in a new session. */
    void expectAll() {
        lastSeq = 0;
    }

    /** False: the message was told before, and comes again after a return. */
    boolean isNew(long seq) {
        boolean isNew = seq > lastSeq;
        lastSeq = Math.max(lastSeq, seq);
        return isNew;
    }

    boolean mayTell(Kind kind) {
        String feature = FEATURE_OF.get(kind);
        return feature == null || granted.contains(feature);
    }

    boolean hasReports() {
        return granted.contains("report");
    }

    boolean canReturn() {
        return !token.isEmpty();
    }

    String token() {
        return token;
    }

    long lastSeq() {
        return lastSeq;
    }

    String login() {
        return login;
    }

    List<IceServer> iceServers() {
        return iceServers;
    }
}
