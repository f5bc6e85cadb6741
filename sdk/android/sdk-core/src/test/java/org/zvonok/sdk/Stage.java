package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONObject;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.test.FakeMediaEngine;
import org.zvonok.sdk.test.FakeNetwork;
import org.zvonok.sdk.test.FakeTransport;
import org.zvonok.sdk.test.FakeTransports;
import org.zvonok.sdk.test.VirtualScheduler;

/** A session among fakes, everything that it told, and short words for what tests do with it. */
final class Stage {
    static final String[] ALL = {"report", "resume", "reoffer", "verdict", "quality", "dtmf",
        "drain"};

    final VirtualScheduler clock = new VirtualScheduler();
    final FakeTransports transports = new FakeTransports();
    final FakeMediaEngine media = new FakeMediaEngine();
    final FakeNetwork network = new FakeNetwork();
    final List<String> events = new ArrayList<>();
    final List<String> audio = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    final Platform platform;
    final Session session;
    Call incoming;

    Stage() {
        this(SdkConfig.builder().build());
    }

    Stage(SdkConfig config) {
        platform = Platform.builder().media(media).transports(transports).scheduler(clock)
                .network(network).callbacks(clock::execute)
                .audio((live, video, ringing) -> audio.add(live + (video ? " video" : "")
                        + (ringing ? " ringing" : "")))
                .log((level, tag, text) -> log.add(text)).build();
        session = new Session(platform, config);
        session.addListener(new SessionRecorder(events, call -> incoming = call));
        clock.run();
    }

    static Connection.Builder account() {
        return Connection.builder("wss://gateway.example:8443").sipLogin("1001")
                .sipPassword("secret").sipDomain("sip.example");
    }

    FakeTransport socket() {
        return transports.last();
    }

    void say(String... messages) {
        for (String message : messages) {
            socket().receive(message);
            clock.run();
        }
    }

    void advance(long millis) {
        clock.advance(millis);
    }

    /** Connected and registered, with all features or those named. */
    Stage connected(String... features) {
        session.connect(account().build());
        clock.run();
        socket().open();
        clock.run();
        say(Say.welcome("t1", features.length == 0 ? ALL : features), Say.registered());
        return this;
    }

    /** A call that the gateway has been asked for. */
    Call calling() {
        return calling(CallOptions.builder("1002").build());
    }

    Call calling(CallOptions options) {
        Call call = session.createCall(options);
        call.addListener(new CallRecorder(events));
        call.call();
        clock.run();
        return call;
    }

    /** Both sides talk, and hear each other. */
    Call talking() {
        Call call = calling();
        String id = call.getId();
        say(Say.trying(id), Say.ring(id), Say.sdp(id, Say.OFFER), Say.talk(id));
        media.last().become(MediaState.CONNECTED);
        clock.run();
        return call;
    }

    /** A call that rings here. */
    Call ringing(String id) {
        say(Say.sdp(id, Say.OFFER), Say.incoming(id), Say.ring(id));
        incoming.addListener(new CallRecorder(events));
        clock.run();
        return incoming;
    }

    /** Cut, and back with a token. What is said after `zvResumed` is the test's matter. */
    void comeBack(String token) {
        socket().drop();
        clock.run();
        advance(600);
        socket().open();
        clock.run();
        say(Say.welcome(token, ALL), Say.registered());
    }

    /** The names of the messages that the newest socket has carried. */
    List<String> sent() {
        List<String> names = new ArrayList<>();
        for (String text : socket().sent) {
            names.add(new JSONObject(text).getString("message"));
        }
        return names;
    }

    /** What the last message of this name said. */
    JSONObject lastSent(String name) {
        JSONObject found = null;
        for (String text : socket().sent) {
            JSONObject message = new JSONObject(text);
            if (message.getString("message").equals(name)) {
                found = message.getJSONArray("data").optJSONObject(0);
            }
        }
        return found;
    }

    List<String> takeEvents() {
        List<String> taken = new ArrayList<>(events);
        events.clear();
        return taken;
    }
}
