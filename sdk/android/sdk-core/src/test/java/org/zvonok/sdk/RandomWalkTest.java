package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.Test;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.test.FakeMediaEngine;
import org.zvonok.sdk.test.FakeMediaSession;
import org.zvonok.sdk.test.FakeNetwork;
import org.zvonok.sdk.test.VirtualScheduler;

/**
 * Whatever app, gateway, network and media engine do, in whatever order: each call and each
 * connection has exactly one end and nothing after it, events come in the order of states, media is
 * free when its call is over, and when everybody falls silent the clock alone brings all to an end.
 *
 * <p>{@code -Dwalk.steps=1000000} for the full walk; a failure names its seed, which
 * {@code -Dwalk.seed=…} walks again.
 */
public class RandomWalkTest {
    private static final int STEPS_OF_A_RUN = 250;
    private static final int MOST_TIMERS = 400;
    private static final int MOST_WORK = 400;
    /** Longer than all waits together: 90 s of ringing, 60 s of return, 240 s of the far end. */
    private static final long ALL_WAITS_MILLIS = 900_000;

    private VirtualScheduler clock;
    private WalkGateway gateway;
    private FakeMediaEngine media;
    private FakeNetwork network;
    private Random random;
    private Session session;
    private WalkSession watch;
    private List<WalkCall> calls;
    private String audio;
    private final Set<CallState> seen = EnumSet.noneOf(CallState.class);
    private final Set<SessionState> seenSessions = EnumSet.noneOf(SessionState.class);

    @Test
    public void nothingIsEverStuckOrToldTwice() {
        int steps = Integer.getInteger("walk.steps", 20_000);
        long seed = Long.getLong("walk.seed", 1);
        for (int done = 0; done < steps; done += STEPS_OF_A_RUN) {
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dwalk.seed=" + seed + ": " + e.getMessage(), e);
            }
            seed++;
        }
        assertEquals("the walk comes everywhere", EnumSet.allOf(CallState.class), seen);
        assertEquals(EnumSet.allOf(SessionState.class), seenSessions);
    }

    private void run(long seed) {
        begin(seed);
        for (int i = 0; i < STEPS_OF_A_RUN; i++) {
            step();
            clock.run();
            check();
        }
        end();
    }

    private void begin(long seed) {
        random = new Random(seed);
        clock = new VirtualScheduler();
        gateway = new WalkGateway(clock, random);
        media = new FakeMediaEngine();
        media.byHand = true;
        network = new FakeNetwork();
        calls = new ArrayList<>();
        audio = "";
        Platform platform = Platform.builder().scheduler(clock).transports(gateway).media(media)
                .network(network).callbacks(clock::execute).random(random::nextDouble)
                .audio((live, video, ringing) -> audio = live + " " + video + " " + ringing)
                .build();
        session = new Session(platform, SdkConfig.builder().build());
        watch = new WalkSession(call -> listen(call, false));
        session.addListener(watch);
        clock.run();
    }

    private void listen(Call call, boolean isLate) {
        WalkCall watched = new WalkCall(call, isLate);
        calls.add(watched);
        call.addListener(watched);
    }

    /* ---- steps ---- */

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 30) {
            clock.advance(random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(400));
        } else if (dice < 50) {
            gateway.step();
        } else if (dice < 72) {
            stepMedia();
        } else if (dice < 75) {
            network.change(random.nextBoolean() ? "wifi" : random.nextBoolean() ? "mobile" : "");
        } else {
            stepApp(random.nextInt(100));
        }
    }

    private void stepMedia() {
        media.broken = random.nextInt(60) == 0;
        List<FakeMediaSession> open = new ArrayList<>();
        for (FakeMediaSession one : media.all) {
            if (!one.closed) {
                open.add(one);
            }
        }
        if (open.isEmpty()) {
            return;
        }
        FakeMediaSession one = open.get(random.nextInt(open.size()));
        if (one.waiting() > 0 && random.nextInt(20) == 0) {
            one.fail();
        } else if (one.waiting() > 0) {
            one.finish();
        } else if (random.nextInt(3) > 0) {
            one.become(MediaState.CONNECTED);
        } else {
            one.become(MediaState.values()[random.nextInt(MediaState.values().length)]);
            one.showRemoteVideo(random.nextBoolean());
            one.warn(SdkError.of("camera_lost"));
        }
    }

    private void stepApp(int dice) {
        if (!watch.isOpen()) {
            connect();
        } else if (dice < 3) {
            session.disconnect();
        } else if (dice < 25) {
            Call call = session.createCall(CallOptions.builder(dice == 4 ? "" : "1002")
                    .video(random.nextBoolean()).build());
            listen(call, false);
            if (dice > 5) {
                call.call();
            }
        } else if (!calls.isEmpty()) {
            touch(calls.get(random.nextInt(calls.size())).call, dice);
        }
    }

    private void connect() {
        Connection.Builder to = random.nextInt(20) == 0
                ? Stage.account().sipLogin("a b") : Stage.account();
        watch.begin();
        session.connect(to.build());
    }

    /** Every method, in every state. */
    private void touch(Call call, int dice) {
        try {
            if (dice < 40) {
                call.answer(AnswerOptions.builder().video(random.nextBoolean()).build());
            } else if (dice < 50) {
                call.hangup();
            } else if (dice < 60) {
                call.hold();
            } else if (dice < 70) {
                call.unhold();
            } else if (dice < 75) {
                call.sendDtmf("1", DtmfType.AUTO);
            } else if (dice < 80) {
                call.transfer("1003");
            } else if (dice < 85) {
                call.setAudioMuted(random.nextBoolean());
                call.setVideoMuted(random.nextBoolean());
            } else if (dice < 90) {
                call.getStats((which, stats) -> { });
            } else if (dice < 95) {
                call.call();
            } else {
                listen(call, true);
            }
        } catch (IllegalStateException e) {
            boolean isOpen = call.getState() == CallState.NEW || call.isIncoming() || dice < 40
                    || dice >= 90;
            assertTrue("no mistake of the caller: " + e.getMessage(), isOpen);
        }
    }

    /* ---- invariants ---- */

    private void check() {
        seenSessions.add(session.getState());
        int live = 0;
        for (Call call : session.getCalls()) {
            live += call.getState() == CallState.ENDED ? 0 : 1;
        }
        assertEquals("an ended call is among the calls", session.getCalls().size(), live);
        assertTrue("media of no call is open", media.open() <= live);
        for (WalkCall watched : calls) {
            CallState state = watched.call.getState();
            seen.add(state);
            assertEquals("the end of " + watched.call, state == CallState.ENDED, watched.ended);
            assertEquals(state == CallState.ENDED, watched.call.getEnd() != null);
        }
        assertTrue("timers: " + clock.waiting(), clock.waiting() <= MOST_TIMERS);
        assertTrue("work: " + clock.mostReady(), clock.mostReady() <= MOST_WORK);
        assertTrue("sockets: " + gateway.open, gateway.open <= 2);
    }

    /** Nobody answers any more: time alone ends everything. */
    private void end() {
        gateway.isThere = false;
        gateway.cut();
        clock.advance(ALL_WAITS_MILLIS);
        check();
        for (WalkCall watched : calls) {
            CallState state = watched.call.getState();
            assertTrue("stuck: " + watched.call, state == CallState.ENDED
                    || state == CallState.NEW);
        }
        assertTrue("stuck: " + session.getState(), !watch.isOpen());
        assertEquals("timers are left", 0, clock.waiting());
        assertEquals("media is left", 0, media.open());
        assertEquals("sockets are left", 0, gateway.open);
        assertTrue("the network is still watched", !network.isWatched());
        assertTrue("the audio device is still in a call: " + audio,
                audio.isEmpty() || audio.equals("0 false false"));
    }
}
