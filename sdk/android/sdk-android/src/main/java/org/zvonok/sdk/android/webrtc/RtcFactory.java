package org.zvonok.sdk.android.webrtc;

import android.content.Context;
import android.media.AudioAttributes;
import org.webrtc.DefaultVideoDecoderFactory;
import org.webrtc.DefaultVideoEncoderFactory;
import org.webrtc.EglBase;
import org.webrtc.PeerConnectionFactory;
import org.webrtc.audio.AudioDeviceModule;
import org.webrtc.audio.JavaAudioDeviceModule;

/**
 * What all calls of the process share of libwebrtc: one factory with its threads, one audio device,
 * one EGL context. Loads the native library. Lives as long as the process: without a call it holds
 * neither microphone nor camera.
 */
final class RtcFactory {
    /** VP8 on Intel's hardware; no H.264 of the high profile, which few SIP phones decode. */
    private static final boolean INTEL_VP8 = true;
    private static final boolean H264_HIGH_PROFILE = false;

    final PeerConnectionFactory connections;
    final EglBase.Context egl;

    RtcFactory(Context context, MicrophoneFaults faults) {
        PeerConnectionFactory.initialize(PeerConnectionFactory.InitializationOptions
                .builder(context).createInitializationOptions());
        egl = EglBase.create().getEglBaseContext();
        AudioDeviceModule audio = JavaAudioDeviceModule.builder(context)
                .setAudioAttributes(new AudioAttributes.Builder()
                        .setUsage(AudioAttributes.USAGE_VOICE_COMMUNICATION)
                        .setContentType(AudioAttributes.CONTENT_TYPE_SPEECH)
                        .build())
                .setAudioRecordErrorCallback(faults)
                .createAudioDeviceModule();
        connections = PeerConnectionFactory.builder()
                .setAudioDeviceModule(audio)
                .setVideoEncoderFactory(
                        new DefaultVideoEncoderFactory(egl, INTEL_VP8, H264_HIGH_PROFILE))
                .setVideoDecoderFactory(new DefaultVideoDecoderFactory(egl))
                .createPeerConnectionFactory();
        audio.release(); // the factory has a hold on it of its own
    }
}
