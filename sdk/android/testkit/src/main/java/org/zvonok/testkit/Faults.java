package org.zvonok.testkit;

import java.util.concurrent.CompletionException;
import org.zvonok.sdk.SdkError;

/** What libwebrtc refuses, as the SDK's errors. */
final class Faults {
    private Faults() {}

    /**
     * An error of the engine.
     *
     * @param what what it was asked for: "an answer"
     * @param failure why
     */
    static SdkError of(String what, Throwable failure) {
        boolean isWrapped = failure instanceof CompletionException && failure.getCause() != null;
        Throwable cause = isWrapped ? failure.getCause() : failure;
        return SdkError.builder("media_engine")
                .sentence("The media engine could not manage " + what + ": " + cause.getMessage())
                .throwable(cause)
                .build();
    }
}
