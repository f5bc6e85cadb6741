package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/**
 * Every order of up to three wishes ({@code -Dorder.longest=4} for more), in an outgoing and an
 * incoming call, with a gateway that follows and with one that is silent: what cannot be right
 * throws, everything else is taken, and each call that has begun has one end.
 */
public class OrderTest {
    private enum Wish { CALL, ANSWER, HANGUP, HOLD, UNHOLD, DTMF, TRANSFER, MUTE }

    private static final int LONGEST = Integer.getInteger("order.longest", 3);

    private int orders;

    @Test
    public void everyOrderOfWishesEndsOnce() {
        for (boolean follows : new boolean[] {true, false}) {
            for (boolean incoming : new boolean[] {true, false}) {
                walk(new ArrayList<>(), incoming, follows);
            }
        }
        int expected = 0;
        for (int i = 1; i <= LONGEST; i++) {
            expected += 4 * (int) Math.pow(Wish.values().length, i);
        }
        assertEquals(expected, orders);
    }

    private void walk(List<Wish> before, boolean incoming, boolean follows) {
        for (Wish wish : Wish.values()) {
            List<Wish> order = new ArrayList<>(before);
            order.add(wish);
            try {
                play(order, incoming, follows);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError((incoming ? "incoming " : "outgoing ")
                        + (follows ? "" : "silent ") + order + ": " + e.getMessage(), e);
            }
            orders++;
            if (order.size() < LONGEST) {
                walk(order, incoming, follows);
            }
        }
    }

    private static void play(List<Wish> order, boolean incoming, boolean follows) {
        Stage stage = new Stage().connected();
        Call call = incoming ? stage.ringing("in-1")
                : stage.session.createCall(CallOptions.builder("1002").build());
        if (!incoming) {
            call.addListener(new CallRecorder(stage.events));
        }
        boolean begun = incoming;
        for (Wish wish : order) {
            boolean expected = isMistake(wish, incoming, begun, call.getState());
            assertEquals(wish + " throws", expected, throwsOn(wish, call));
            begun |= wish == Wish.CALL && !expected;
            stage.clock.run();
            if (follows) {
                follow(wish, call, stage);
            }
        }
        stage.session.disconnect();
        stage.clock.run();
        assertEquals("ends of a call", isOver(call) ? 1 : 0, ends(stage.events));
        assertEquals(!begun && !order.contains(Wish.HANGUP), call.getState() == CallState.NEW);
        assertEquals(0, stage.media.open());
        assertEquals(0, stage.clock.waiting());
        assertTrue(stage.events.get(stage.events.size() - 1).startsWith("disconnected"));
    }

    private static boolean isOver(Call call) {
        return call.getState() == CallState.ENDED;
    }

    private static int ends(List<String> events) {
        int ends = 0;
        for (String event : events) {
            ends += event.startsWith("ended") ? 1 : 0;
        }
        return ends;
    }

    private static boolean isMistake(Wish wish, boolean incoming, boolean begun, CallState state) {
        switch (wish) {
            case CALL:
                return incoming || begun;
            case ANSWER:
                return !incoming;
            case HOLD:
            case UNHOLD:
            case DTMF:
            case TRANSFER:
                return !begun && state != CallState.ENDED;
            default:
                return false;
        }
    }

    private static boolean throwsOn(Wish wish, Call call) {
        try {
            perform(wish, call);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    private static void perform(Wish wish, Call call) {
        switch (wish) {
            case CALL:
                call.call();
                return;
            case ANSWER:
                call.answer();
                return;
            case HANGUP:
                call.hangup();
                return;
            case HOLD:
                call.hold();
                return;
            case UNHOLD:
                call.unhold();
                return;
            case DTMF:
                call.sendDtmf("1", DtmfType.AUTO);
                return;
            case TRANSFER:
                call.transfer("1003");
                return;
            default:
                call.setAudioMuted(true);
        }
    }

    private static void follow(Wish wish, Call call, Stage stage) {
        String id = call.getId();
        if (wish == Wish.CALL && !call.isIncoming()) {
            stage.say(Say.trying(id), Say.ring(id), Say.sdp(id, Say.OFFER), Say.talk(id));
        } else if (wish == Wish.ANSWER && call.isIncoming()) {
            stage.say(Say.talk(id));
        } else if (wish == Wish.HANGUP) {
            stage.say(Say.finish(id, "FINISH", 200, "normal"));
        } else if (wish == Wish.HOLD || wish == Wish.UNHOLD) {
            boolean talks = call.getState() == CallState.ACTIVE
                    || call.getState() == CallState.HELD;
            if (talks) {
                stage.say(wish == Wish.HOLD ? Say.hold(id) : Say.talk(id));
                assertEquals(wish == Wish.HOLD, stage.media.last().held);
                assertEquals(wish == Wish.HOLD, call.isHeld());
            }
        }
    }
}
