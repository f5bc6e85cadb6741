package org.zvonok.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.json.JSONObject;

/**
 * Talks to a test in another language: a command on each line of the input, an answer with its
 * number or an event on each line of the output, as JSON. May be told things by any thread.
 */
public final class CommandLines {
    /** Does what a command says. */
    public interface Performer {
        /**
         * Begins it; what it throws is the answer, as is what the future fails with.
         *
         * @param command with its number, as {@code id}
         * @return the result
         */
        CompletableFuture<JSONObject> perform(JSONObject command);
    }

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    /** The lines of this program. */
    public CommandLines() {}

    /**
     * Says that it is ready, and takes commands until the input ends.
     *
     * @param performer who does what they say
     * @throws IOException when the input cannot be read
     */
    public void run(Performer performer) throws IOException {
        tell(new JSONObject().put("event", "ready"));
        InputStreamReader in = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(in);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            take(performer, new JSONObject(line));
        }
    }

    /**
     * Writes a line.
     *
     * @param line an event
     */
    public synchronized void tell(JSONObject line) {
        out.println(line);
    }

    private void take(Performer performer, JSONObject command) {
        CompletableFuture<JSONObject> result;
        try {
            result = performer.perform(command);
        } catch (RuntimeException refused) {
            result = CompletableFuture.failedFuture(refused);
        }
        int id = command.getInt("id");
        result.whenComplete((value, failure) -> tell(answer(id, value, failure)));
    }

    private static JSONObject answer(int id, JSONObject value, Throwable failure) {
        JSONObject answer = new JSONObject().put("id", id);
        if (failure == null) {
            return answer.put("result", value);
        }
        String type = failure.getClass().getSimpleName();
        return answer.put("error", String.valueOf(failure.getMessage())).put("type", type);
    }
}
