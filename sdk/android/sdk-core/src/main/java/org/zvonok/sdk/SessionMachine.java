package org.zvonok.sdk;

/** Decides for a session. */
final class SessionMachine {
    SessionMachine(Platform platform, SdkConfig config, SessionHub hub) {
    }

    Line line() {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void connect(Connection connection, int epoch) {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }

    void disconnect() {
        throw new UnsupportedOperationException("the machine comes with the next commit");
    }
}
