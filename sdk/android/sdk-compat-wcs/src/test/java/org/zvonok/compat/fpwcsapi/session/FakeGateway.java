package org.zvonok.compat.fpwcsapi.session;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONException;
import org.json.JSONObject;
import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.compat.fpwcsapi.spi.AudioSwitches;
import org.zvonok.compat.fpwcsapi.spi.Backend;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.spi.MediaOptions;
import org.zvonok.sdk.spi.Transport;
import org.zvonok.sdk.test.VirtualScheduler;

/**
 * A gateway by script, below the surface: what a session sends is written down, and the test says
 * what it is answered. No network, no device, no time of its own.
 */
final class FakeGateway implements Backend {
    final VirtualScheduler scheduler = new VirtualScheduler();
    final FakeMedia media = new FakeMedia();
    private final List<JSONObject> sent = new ArrayList<>();
    private Transport.Listener client;
    MediaOptions released;

    @Override
    public org.zvonok.sdk.Session createSession() {
        Platform platform =
                Platform.builder()
                        .media(media)
                        .transports((url, listener) -> open(listener))
                        .scheduler(scheduler)
                        .build();
        return new org.zvonok.sdk.Session(platform, SdkConfig.builder().build());
    }

    @Override
    public MediaOptions createMediaOptions(
            SurfaceViewRenderer local, SurfaceViewRenderer remote, MediaConstraints audio) {
        return new Wish(local, remote, audio);
    }

    @Override
    public void releaseMediaOptions(MediaOptions options) {
        released = options;
    }

    @Override
    public AudioSwitches getAudioSwitches() {
        throw new UnsupportedOperationException("no sound here");
    }

    /** Lets the socket come up. */
    void accept() {
        scheduler.run();
        client.onOpen();
        scheduler.run();
    }

    /** Breaks the socket off. */
    void breakOff() {
        client.onClosed(1006, "");
        scheduler.run();
    }

    /** Sends a message; its arguments are JSON with single quotes. */
    void say(String message, String arguments) {
        String text = "{\"message\":\"" + message + "\",\"data\":[" + arguments + "]}";
        client.onText(text.replace('\'', '"'));
        scheduler.run();
    }

    /** The last message of that name, as the client sent it. */
    JSONObject last(String message) throws JSONException {
        scheduler.run();
        for (int i = sent.size() - 1; i >= 0; i--) {
            if (sent.get(i).getString("message").equals(message)) {
                return sent.get(i).getJSONArray("data").getJSONObject(0);
            }
        }
        throw new AssertionError("no " + message + " among " + sent);
    }

    /** How often a message of that name was sent. */
    int count(String message) throws JSONException {
        scheduler.run();
        int count = 0;
        for (JSONObject each : sent) {
            count += each.getString("message").equals(message) ? 1 : 0;
        }
        return count;
    }

    private Transport open(Transport.Listener listener) {
        client = listener;
        return new Transport() {
            @Override
            public void send(String text) {
                try {
                    sent.add(new JSONObject(text));
                } catch (JSONException e) {
                    throw new AssertionError("not JSON: " + text, e);
                }
            }

            @Override
            public void close(int code, String reason) {
                // The client is done with it; nothing comes back.
            }
        };
    }

    /** What a call asks of the engine. */
    static final class Wish implements MediaOptions {
        final SurfaceViewRenderer local;
        final SurfaceViewRenderer remote;
        final MediaConstraints audio;

        Wish(SurfaceViewRenderer local, SurfaceViewRenderer remote, MediaConstraints audio) {
            this.local = local;
            this.remote = remote;
            this.audio = audio;
        }
    }
}
