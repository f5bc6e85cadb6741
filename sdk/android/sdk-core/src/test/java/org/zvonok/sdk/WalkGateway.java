package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.json.JSONArray;
import org.json.JSONObject;
import org.zvonok.sdk.spi.Transport;
import org.zvonok.sdk.spi.TransportFactory;
import org.zvonok.sdk.test.VirtualScheduler;

/**
 * A gateway for the random walk: it keeps a session with its calls, answers as the real one does,
 * and as often does not; its sockets are slow, hang, fail and are cut with what is under way in
 * them.
 */
final class WalkGateway implements TransportFactory {
    private static final int KEPT = 64;

    /** Sockets work; false: nothing reaches anybody any more. */
    boolean isThere = true;
    /** Opened by the SDK and neither closed nor lost. */
    int open;

    private final VirtualScheduler clock;
    private final Random random;
    private final Map<String, String> calls = new LinkedHashMap<>();
    private final Map<String, Boolean> incoming = new LinkedHashMap<>();
    private final List<String> kept = new ArrayList<>();
    private Socket current;
    private String token = "";
    private String tokenBefore = "";
    private boolean grantsResume;
    private long seq;
    private int numbers;

    WalkGateway(VirtualScheduler clock, Random random) {
        this.clock = clock;
        this.random = random;
    }

    @Override
    public Transport open(String url, Transport.Listener listener) {
        return new Socket(listener);
    }

    /* ---- what happens by itself ---- */

    void step() {
        int dice = random.nextInt(100);
        String id = anyCall();
        if (dice < 10) {
            cut();
        } else if (dice < 25) {
            ring();
        } else if (dice < 30) {
            send(Say.message("ping"));
        } else if (dice < 34) {
            send(garbage());
        } else if (dice < 35) {
            number(random.nextBoolean() ? Say.draining(30_000) : Say.goesOn());
        } else if (id == null) {
            send(Say.talk("nobody"));
        } else if (incoming.get(id) && calls.get(id).equals("RING")) {
            if (dice < 50) {
                number(Say.talk(id)); // to nobody's answer
            } else {
                end(id);
            }
        } else {
            progress(id, dice);
        }
    }

    private void progress(String id, int dice) {
        boolean talks = calls.get(id).equals("ESTABLISHED") || calls.get(id).equals("HOLD");
        if (dice < 45 && !talks) {
            tell(id, "RING", Say.ring(id));
        } else if (dice < 50 && !talks) {
            number(Say.sdp(id, Say.VIDEO_OFFER));
        } else if (dice < 65) {
            number(Say.sdp(id, Say.OFFER));
            tell(id, "ESTABLISHED", Say.talk(id));
        } else if (dice < 72 && talks) {
            tell(id, "HOLD", Say.hold(id));
        } else if (dice < 80 && talks) {
            number(Say.update(id, "offer", random.nextBoolean() ? Say.OFFER : Say.VIDEO_OFFER,
                    "video"));
        } else if (dice < 85) {
            number(Say.fail("ErrorStatusEvent", id, "bad_client_sdp"));
        } else if (dice < 90) {
            end(id);
        } else {
            number(Say.progress(id, "SESSION_PROGRESS"));
        }
    }

    private void end(String id) {
        calls.remove(id);
        if (random.nextInt(4) == 0) {
            number(Say.busy(id));
        }
        number(Say.finish(id, random.nextBoolean() ? "FINISH" : "FAILED", 480, "sip_unavailable"));
        number(Say.message("zvReport", new JSONObject().put("callId", id).put("cause", "normal")));
    }

    private void ring() {
        if (!token.isEmpty() && calls.size() < 10) {
            String id = "in-" + ++numbers;
            incoming.put(id, true);
            calls.put(id, "RING");
            announce(id);
        }
    }

    private void announce(String id) {
        number(Say.sdp(id, random.nextBoolean() ? Say.OFFER : Say.VIDEO_OFFER));
        number(Say.incoming(id));
        number(Say.ring(id));
    }

    private String garbage() {
        String[] all = {"", "{}", "[[[", "{\"message\":\"finish\"}", Say.message("unknown", 1),
            Say.fail("RegistrationStatusEvent", "", "sip_timeout"), Say.registered(),
            Say.resumed(2), Say.welcome("forged", "resume"), Say.update("x", "answer", "", "y")};
        return all[random.nextInt(all.length)];
    }

    private String anyCall() {
        List<String> ids = new ArrayList<>(calls.keySet());
        return ids.isEmpty() ? null : ids.get(random.nextInt(ids.size()));
    }

    void cut() {
        if (current != null) {
            current.cut();
        }
    }

    /* ---- what it says ---- */

    private void tell(String id, String status, String message) {
        calls.put(id, status);
        number(message);
    }

    private void number(String message) {
        String numbered = grantsResume ? Say.numbered(++seq, message) : message;
        kept.add(numbered);
        if (kept.size() > KEPT) {
            kept.remove(0);
        }
        send(numbered);
    }

    private void send(String message) {
        if (current != null) {
            current.deliver(message);
        }
    }

    /* ---- what it hears ---- */

    private void hear(Socket from, String text) {
        JSONObject message = new JSONObject(text);
        JSONObject data = message.getJSONArray("data").optJSONObject(0);
        String name = message.getString("message");
        if (name.equals("connection")) {
            connect(from, data);
        } else if (from == current) {
            answer(name, data);
        }
    }

    private void connect(Socket from, JSONObject data) {
        if (random.nextInt(10) == 0) {
            return; // it is asleep
        }
        current = from;
        if (data.has("authToken")) {
            takeBack(data);
            return;
        }
        calls.clear();
        kept.clear();
        seq = 0;
        grantsResume = random.nextInt(8) != 0;
        welcome();
        if (random.nextInt(20) == 0) {
            send(Say.fail("RegistrationStatusEvent", "", "sip_auth_failed"));
        } else if (random.nextInt(10) != 0) {
            send(Say.registered());
        }
    }

    private void welcome() {
        tokenBefore = token;
        token = "t" + ++numbers;
        send(grantsResume ? Say.welcome(token, Stage.ALL) : Say.welcome(token, "report"));
    }

    private void takeBack(JSONObject data) {
        String said = data.getString("authToken");
        if (random.nextInt(20) == 0) {
            send(Say.fail("ConnectionStatusEvent", "", "draining"));
            return;
        }
        if (!grantsResume || !said.equals(token) && !said.equals(tokenBefore)
                || random.nextInt(30) == 0) {
            send(Say.fail("ConnectionStatusEvent", "", "resume_unknown_token"));
            return;
        }
        if (random.nextInt(6) == 0) {
            calls.remove(anyCall());
        }
        welcome();
        send(Say.registered());
        List<String> missed = new ArrayList<>();
        for (String message : kept) {
            if (new JSONObject(message).optLong("seq") > data.optLong("lastSeq")) {
                missed.add(message);
            }
        }
        send(Say.resumed(missed.size(), list()));
        for (String message : missed) {
            send(message);
        }
    }

    private JSONObject[] list() {
        List<JSONObject> all = new ArrayList<>();
        for (Map.Entry<String, String> call : calls.entrySet()) {
            all.add(Say.held(call.getKey(), incoming.get(call.getKey()), call.getValue()));
        }
        return all.toArray(new JSONObject[0]);
    }

    private void answer(String name, JSONObject data) {
        String id = data == null ? "" : data.optString("callId");
        boolean isSilent = random.nextInt(12) == 0;
        if (name.equals("ping") && !isSilent) {
            send(Say.message("pong"));
        } else if (name.equals("call") && !isSilent && !calls.containsKey(id)) {
            incoming.put(id, false);
            tell(id, "TRYING", Say.trying(id));
        } else if (calls.containsKey(id) && !isSilent) {
            answerAbout(name, id, data);
        }
    }

    private void answerAbout(String name, String id, JSONObject data) {
        boolean agrees = random.nextInt(4) != 0;
        switch (name) {
            case "answer":
                tell(id, "ESTABLISHED", Say.talk(id));
                return;
            case "hangup":
                end(id);
                return;
            case "hold":
            case "unhold":
                if (!agrees) {
                    number(Say.fail("ErrorStatusEvent", id, "hold_refused"));
                } else if (name.equals("hold")) {
                    tell(id, "HOLD", Say.hold(id));
                } else {
                    tell(id, "ESTABLISHED", Say.talk(id));
                }
                return;
            case "zvUpdate":
                if (data.getString("type").equals("offer")) {
                    number(agrees ? Say.update(id, "answer", Say.OFFER, "restart")
                            : Say.fail("ErrorStatusEvent", id, "bad_client_sdp"));
                }
                return;
            default:
                return;
        }
    }

    /** Sockets: in order, with delays of their own, and no further than a cut. */
    private final class Socket implements Transport {
        private final Listener listener;
        private boolean over;
        private long lastUp;
        private long lastDown;

        Socket(Listener listener) {
            this.listener = listener;
            open++;
            int dice = random.nextInt(10);
            if (!isThere || dice == 0) {
                down(() -> {
                    lose();
                    listener.onFailed(SdkError.of("gateway_unreachable"));
                });
            } else if (dice > 1) {
                down(listener::onOpen);
            }
        }

        @Override
        public void send(String text) {
            if (!over && isThere) {
                lastUp = Math.max(lastUp, clock.nowMillis() + random.nextInt(80));
                clock.schedule(() -> hear(this, text), lastUp - clock.nowMillis());
            }
        }

        @Override
        public void close(int code, String reason) {
            if (code != 1000 && (code < 4000 || code > 4999)) {
                throw new AssertionError("a socket was closed with " + code);
            }
            lose();
        }

        void deliver(String text) {
            down(() -> listener.onText(text));
        }

        void cut() {
            down(() -> {
                lose();
                listener.onClosed(1006, "");
            });
        }

        private void lose() {
            if (!over) {
                over = true;
                open--;
                current = current == this ? null : current;
            }
        }

        private void down(Runnable event) {
            lastDown = Math.max(lastDown, clock.nowMillis() + random.nextInt(80));
            clock.schedule(() -> {
                if (!over) {
                    event.run();
                }
            }, lastDown - clock.nowMillis());
        }
    }

    /** What the gateway keeps of features, for the reader of a failure. */
    @Override
    public String toString() {
        return "gateway with " + new JSONArray(calls.entrySet());
    }
}
