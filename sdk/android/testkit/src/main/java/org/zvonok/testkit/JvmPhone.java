package org.zvonok.testkit;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.json.JSONObject;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.net.ThreadScheduler;
import org.zvonok.sdk.net.WebSocketTransports;

/**
 * Phones in a JVM, on the SDK's public surface alone, for tests that are written in another
 * language. Each line of the input is a command, each line of the output that begins with a brace
 * an answer or an event, as JSON:
 *
 * <pre>
 * {"id": 1, "phone": "alice", "do": "connect", "url": "wss://localhost:8443", "sipLogin": …}
 * {"id": 1, "result": {}}
 * {"phone": "alice", "event": "onRegistered", "state": "REGISTERED"}
 * {"id": 2, "phone": "alice", "do": "call", "callee": "1002"}
 * {"id": 2, "result": {"call": "6ad9bb40-…"}}
 * </pre>
 *
 * <p>{@link PhoneCommands} lists the commands, {@link PhoneEvents} what events hold. What a command
 * throws is its answer: {@code {"id": 2, "error": "call: …", "type": "IllegalStateException"}}.
 * {@code network}, with {@code available} and {@code name}, is about all phones. A phone begins
 * with the first command that names it; all have one engine. The program ends when its input does:
 * nobody is left over from a test that died.
 *
 * <p>Usage: {@code JvmPhone CA-FILE}, the certificates (PEM) that the gateway's has to come from.
 */
public final class JvmPhone {
    private final CommandLines lines = new CommandLines();
    private final Platform platform;
    private final NetworkSwitch network = new NetworkSwitch();
    private final Map<String, PhoneCommands> phones = new HashMap<>();

    private JvmPhone(Path authorities) throws Exception {
        ExecutorService callbacks =
                Executors.newSingleThreadExecutor(r -> Threads.named(r, "zvonok-callbacks"));
        WebSocketTransports transports =
                WebSocketTransports.builder().sslContext(Trust.of(authorities)).build();
        platform = Platform.builder()
                .media(new DesktopMediaEngine())
                .transports(transports)
                .scheduler(new ThreadScheduler(JvmPhone::log))
                .network(network)
                .callbacks(callbacks)
                .log(JvmPhone::log)
                .build();
    }

    /**
     * Runs until its input ends.
     *
     * @param args the file with the certificates
     */
    public static void main(String[] args) {
        int status = 0;
        try {
            JvmPhone phones = new JvmPhone(Paths.get(args[0]));
            phones.lines.run(phones::perform);
        } catch (Exception failure) {
            failure.printStackTrace();
            status = 1;
        }
        System.exit(status); // libwebrtc's threads would keep it
    }

    private CompletableFuture<JSONObject> perform(JSONObject command) {
        if (command.getString("do").equals("network")) {
            network.set(command.getBoolean("available"), command.optString("name"));
            return CompletableFuture.completedFuture(new JSONObject());
        }
        String name = command.getString("phone");
        PhoneCommands phone = phones.computeIfAbsent(name, first -> {
            return new PhoneCommands(platform, command, event -> lines.tell(event.put("phone", name)));
        });
        return phone.perform(command);
    }

    private static void log(int level, String tag, String text) {
        System.err.println(level + " " + tag + ": " + text);
    }
}
