package org.zvonok.compat.fpwcsapi;

import android.content.Context;
import org.webrtc.MediaConstraints;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.compat.fpwcsapi.spi.AudioSwitches;
import org.zvonok.compat.fpwcsapi.spi.Backend;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.android.VideoOptions;
import org.zvonok.sdk.android.Zvonok;
import org.zvonok.sdk.spi.MediaOptions;

/** The surface on a device: Zvonok's own SDK for Android. */
final class AndroidBackend implements Backend {
    private final AudioSwitches audioSwitches = new Switches();

    AndroidBackend(Context context) {
        Zvonok.init(context);
    }

    @Override
    public Session createSession() {
        return Zvonok.createSession();
    }

    @Override
    public MediaOptions createMediaOptions(
            SurfaceViewRenderer local, SurfaceViewRenderer remote, MediaConstraints audio) {
        return new VideoOptions()
                .setLocalRenderer(local)
                .setRemoteRenderer(remote)
                .setAudioConstraints(audio);
    }

    @Override
    public void releaseMediaOptions(MediaOptions options) {
        if (options != null) {
            ((VideoOptions) options).detach();
        }
    }

    @Override
    public AudioSwitches getAudioSwitches() {
        return audioSwitches;
    }

    private static final class Switches implements AudioSwitches {
        @Override
        public void setUseProximitySensor(boolean use) {
            Zvonok.getAudioManager().setUseProximitySensor(use);
        }

        @Override
        public void setUseSpeakerPhone(boolean use) {
            Zvonok.getAudioManager().setUseSpeakerPhone(use);
        }

        @Override
        public void setUseBluetoothSco(boolean use) {
            Zvonok.getAudioManager().setUseBluetoothSco(use);
        }
    }
}
