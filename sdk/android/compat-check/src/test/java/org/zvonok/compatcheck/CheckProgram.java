package org.zvonok.compatcheck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.json.JSONObject;
import org.zvonok.compat.fpwcsapi.Flashphoner;
import org.zvonok.testkit.CommandLines;
import org.zvonok.testkit.Sound;

/**
 * {@link CheckPhone}s in a JVM, for {@code tests/e2e/android/compat.test.mjs}: a line of JSON for
 * each command and answer, as {@code JvmPhone} of testkit has them. An event is a callback of
 * WCS's, with the status that the session or call had then.
 *
 * <p>Usage: {@code CheckProgram CA-FILE}
 */
public final class CheckProgram {
    private final CommandLines lines = new CommandLines();
    private final DesktopBackend backend;
    private final Map<String, CheckPhone> phones = new HashMap<>();

    private CheckProgram(Path authorities) throws Exception {
        backend = new DesktopBackend(authorities);
        Flashphoner.setBackend(backend);
    }

    /**
     * Runs until its input ends.
     *
     * @param args the file with the certificates
     */
    public static void main(String[] args) {
        int status = 0;
        try {
            CheckProgram program = new CheckProgram(Paths.get(args[0]));
            program.lines.run(program::perform);
        } catch (Exception failure) {
            failure.printStackTrace();
            status = 1;
        }
        System.exit(status); // libwebrtc's threads would keep it
    }

    private CompletableFuture<JSONObject> perform(JSONObject command) {
        String name = command.getString("phone");
        CheckPhone phone = phones.computeIfAbsent(name, first -> new CheckPhone(
                (callback, status) -> lines.tell(new JSONObject()
                        .put("phone", name).put("event", callback).put("status", status))));
        JSONObject result = new JSONObject();
        switch (command.getString("do")) {
            case "connect" -> connect(phone, command);
            case "token" -> result.put("token", phone.getAuthToken());
            case "call" -> phone.call(
                    command.getString("callee"),
                    List.of("googEchoCancellation"),
                    Map.of("X-Check", "compat"));
            case "callWithVideo" -> phone.callWithVideo(command.getString("callee"));
            case "answer" -> phone.answer(command.optBoolean("video"));
            case "hangup" -> phone.hangup();
            case "hold" -> phone.hold();
            case "unhold" -> phone.unhold();
            case "dtmf" -> phone.sendDigits(command.getString("digits"));
            case "mute" -> phone.setAudioMuted(command.getBoolean("muted"));
            case "disconnect" -> phone.disconnect();
            case "look" -> result.put("bars", backend.newestMedia().getEye().getBars());
            case "listen" -> {
                return listen(command.getDouble("seconds"), Paths.get(command.getString("file")));
            }
            default -> throw new IllegalArgumentException(command.toString());
        }
        return CompletableFuture.completedFuture(result);
    }

    private static void connect(CheckPhone phone, JSONObject command) {
        phone.open(command.getString("url"), null, null);
        if (command.has("token")) {
            phone.connectWithToken(command.getString("token"));
        } else {
            phone.connect(
                    command.getString("login"),
                    command.getString("password"),
                    command.getString("domain"),
                    command.getInt("port"),
                    command.optBoolean("register", true));
        }
    }

    private CompletableFuture<JSONObject> listen(double seconds, Path file) {
        return backend.newestMedia().getEar().listen(seconds).thenApply(sound -> {
            return write(sound, file);
        });
    }

    private static JSONObject write(Sound sound, Path file) {
        try {
            sound.write(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new JSONObject().put("seconds", sound.getSeconds());
    }
}
