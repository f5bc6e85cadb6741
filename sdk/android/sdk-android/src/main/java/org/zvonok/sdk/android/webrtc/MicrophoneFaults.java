package org.zvonok.sdk.android.webrtc;

import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.webrtc.audio.JavaAudioDeviceModule;
import org.zvonok.sdk.SdkError;

/** Tells all calls that the one microphone could not be opened, or has stopped. */
final class MicrophoneFaults implements JavaAudioDeviceModule.AudioRecordErrorCallback {
    private final Set<Consumer<SdkError>> calls = new CopyOnWriteArraySet<>();

    void add(Consumer<SdkError> call) {
        calls.add(call);
    }

    void remove(Consumer<SdkError> call) {
        calls.remove(call);
    }

    @Override
    public void onWebRtcAudioRecordInitError(String message) {
        tell(message);
    }

    @Override
    public void onWebRtcAudioRecordStartError(
            JavaAudioDeviceModule.AudioRecordStartErrorCode code, String message) {
        tell(message);
    }

    @Override
    public void onWebRtcAudioRecordError(String message) {
        tell(message);
    }

    private void tell(String message) {
        SdkError fault = SdkError.of("microphone_busy", new IllegalStateException(message));
        for (Consumer<SdkError> call : calls) {
            call.accept(fault);
        }
    }
}
