package org.zvonok.sdk.android.webrtc;

import android.Manifest;
import android.content.Context;
import android.content.pm.PackageManager;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.webrtc.AudioSource;
import org.webrtc.AudioTrack;
import org.webrtc.MediaConstraints;
import org.webrtc.MediaStreamTrack;
import org.webrtc.PeerConnection;
import org.webrtc.RtpTransceiver;
import org.webrtc.SessionDescription;
import org.webrtc.VideoSource;
import org.webrtc.VideoTrack;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.android.VideoOptions;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.spi.Scheduler;

/**
 * A peer connection of libwebrtc with its microphone, camera and pictures. Nothing is decided here.
 *
 * <p>All calls into libwebrtc are made on the rtc thread; its events come on its own threads and
 * are handed over. Its Java objects are released by hand: {@code getTransceivers} disposes of those
 * that it returned before, so none of them is kept.
 */
final class WebRtcPeer implements Peer {
    private static final List<String> STREAM = Collections.singletonList("zvonok");

    private final Context context;
    private final Scheduler rtc;
    private final RtcFactory factory;
    private final VideoOptions options;
    private final Events events;
    private final MicrophoneFaults microphone;
    private final Consumer<SdkError> microphoneFault;
    private final VideoOptions.Listener optionsChanged;
    private final Pictures pictures;
    private final PeerConnection connection;
    private AudioSource audioSource;
    private AudioTrack audio;
    private VideoSource videoSource;
    private VideoTrack video;
    private CameraSource camera;
    private AudioTrack remoteAudio;
    private VideoTrack remoteVideo;
    private boolean hears = true;
    private boolean cameraOpen;
    private boolean closed;

    WebRtcPeer(Context context, Scheduler rtc, RtcFactory factory, MicrophoneFaults microphone,
            MediaRequest request, Events events) {
        this.context = context;
        this.rtc = rtc;
        this.factory = factory;
        this.microphone = microphone;
        this.events = events;
        options = request.options instanceof VideoOptions
                ? (VideoOptions) request.options : new VideoOptions();
        pictures = new Pictures(options, factory.egl);
        connection = factory.connections.createPeerConnection(configuration(request), new Watch());
        if (connection == null) {
            throw new IllegalStateException("libwebrtc made no peer connection");
        }
        microphoneFault = error -> later(() -> events.onError(error));
        microphone.add(microphoneFault);
        optionsChanged = () -> later(this::onOptions);
        options.addListener(optionsChanged);
    }

    /** As browsers do it, since that is what gateways are tried with. */
    private static PeerConnection.RTCConfiguration configuration(MediaRequest request) {
        PeerConnection.RTCConfiguration to =
                new PeerConnection.RTCConfiguration(IceServers.of(request.iceServers));
        to.sdpSemantics = PeerConnection.SdpSemantics.UNIFIED_PLAN;
        to.rtcpMuxPolicy = PeerConnection.RtcpMuxPolicy.REQUIRE;
        to.tcpCandidatePolicy = PeerConnection.TcpCandidatePolicy.DISABLED;
        // Otherwise gathering never ends, and a description is never whole.
        to.continualGatheringPolicy = PeerConnection.ContinualGatheringPolicy.GATHER_ONCE;
        return to;
    }

    @Override
    public SdkError microphoneLack() {
        boolean isAllowed = context.checkSelfPermission(Manifest.permission.RECORD_AUDIO)
                == PackageManager.PERMISSION_GRANTED;
        return isAllowed ? null : SdkError.of("microphone_permission");
    }

    @Override
    public void addAudio() {
        audioSource = factory.connections.createAudioSource(options.getAudioConstraints());
        audio = factory.connections.createAudioTrack("audio", audioSource);
        connection.addTrack(audio, STREAM);
    }

    @Override
    public void addVideo() {
        if (video == null) {
            videoSource = factory.connections.createVideoSource(false);
            video = factory.connections.createVideoTrack("video", videoSource);
            video.addSink(pictures.local());
            camera = new CameraSource(context, this::later, factory.egl, videoSource,
                    events::onError);
            pictures.prepare();
        }
        for (RtpTransceiver place : connection.getTransceivers()) {
            if (isVideo(place)) {
                putVideo(place);
                return;
            }
        }
        connection.addTrack(video, STREAM);
    }

    private void putVideo(RtpTransceiver place) {
        if (place.getSender().track() == null) {
            place.getSender().setTrack(video, false);
            place.getSender().setStreams(STREAM);
        }
        place.setDirection(RtpTransceiver.RtpTransceiverDirection.SEND_RECV);
    }

    @Override
    public void refuseVideo() {
        for (RtpTransceiver place : connection.getTransceivers()) {
            if (isVideo(place)) {
                place.stopStandard();
            }
        }
    }

    private static boolean isVideo(RtpTransceiver place) {
        return place.getMediaType() == MediaStreamTrack.MediaType.MEDIA_TYPE_VIDEO
                && !place.isStopped();
    }

    @Override
    public void createOffer(boolean iceRestart, Done done) {
        MediaConstraints constraints = new MediaConstraints();
        if (iceRestart) {
            constraints.mandatory.add(new MediaConstraints.KeyValuePair("IceRestart", "true"));
        }
        connection.createOffer(new StepObserver(rtc, done), constraints);
    }

    @Override
    public void createAnswer(Done done) {
        connection.createAnswer(new StepObserver(rtc, done), new MediaConstraints());
    }

    @Override
    public void setLocal(Kind kind, String sdp, Done done) {
        connection.setLocalDescription(new StepObserver(rtc, done), description(kind, sdp));
    }

    @Override
    public void setRemote(Kind kind, String sdp, Done done) {
        connection.setRemoteDescription(new StepObserver(rtc, done), description(kind, sdp));
    }

    private static SessionDescription description(Kind kind, String sdp) {
        return new SessionDescription(SessionDescription.Type.valueOf(kind.name()), sdp);
    }

    @Override
    public String localSdp() {
        return text(connection.getLocalDescription());
    }

    @Override
    public String remoteSdp() {
        return text(connection.getRemoteDescription());
    }

    private static String text(SessionDescription description) {
        return description == null ? "" : description.description;
    }

    @Override
    public void setSpeaks(boolean speaks) {
        if (audio != null) {
            audio.setEnabled(speaks);
        }
    }

    /** By the track: the connection's own switch for playout is one for all calls. */
    @Override
    public void setHears(boolean hears) {
        this.hears = hears;
        if (remoteAudio != null) {
            remoteAudio.setEnabled(hears);
        }
    }

    @Override
    public void setCamera(boolean open) {
        cameraOpen = open;
        if (camera == null) {
            return;
        }
        if (open) {
            camera.open(options.getCamera());
        } else {
            camera.close();
            pictures.clearLocal();
        }
    }

    @Override
    public void getStats(MediaSession.StatsResult result) {
        connection.getStats(report -> later(() -> result.onStats(StatsMapper.map(report))));
    }

    /** Camera and microphone are free after it, even where one of them throws. */
    @Override
    public void close() {
        closed = true;
        options.removeListener(optionsChanged);
        microphone.remove(microphoneFault);
        try {
            if (camera != null) {
                camera.close();
            }
        } finally {
            disconnect();
        }
    }

    private void disconnect() {
        try {
            if (remoteVideo != null) {
                remoteVideo.removeSink(pictures.remote());
            }
        } finally {
            connection.dispose();
            release();
        }
    }

    private void release() {
        if (audio != null) {
            audio.dispose();
            audioSource.dispose();
        }
        if (video != null) {
            video.dispose();
            videoSource.dispose();
        }
        pictures.clearLocal();
        pictures.clearRemote();
    }

    private void onOptions() {
        if (video != null || remoteVideo != null) {
            pictures.prepare();
        }
        setCamera(cameraOpen);
    }

    private void onTrack(MediaStreamTrack track) {
        if (track instanceof AudioTrack) {
            remoteAudio = (AudioTrack) track;
            remoteAudio.setEnabled(hears);
        } else if (track instanceof VideoTrack) {
            if (remoteVideo != null) {
                remoteVideo.removeSink(pictures.remote());
            }
            remoteVideo = (VideoTrack) track;
            remoteVideo.addSink(pictures.remote());
            pictures.prepare();
        }
    }

    /** From libwebrtc's threads to ours; what comes after the end is nothing. */
    private void later(Runnable work) {
        rtc.execute(() -> {
            if (!closed) {
                run(work);
            }
        });
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            events.onError(SdkError.of("media_engine", e));
        }
    }

    private final class Watch extends PeerObserver {
        @Override
        public void onConnectionChange(PeerConnection.PeerConnectionState state) {
            later(() -> events.onState(MediaState.valueOf(state.name())));
        }

        @Override
        public void onIceGatheringChange(PeerConnection.IceGatheringState state) {
            if (state == PeerConnection.IceGatheringState.COMPLETE) {
                later(events::onGathered);
            }
        }

        @Override
        public void onTrack(RtpTransceiver place) {
            MediaStreamTrack track = place.getReceiver().track();
            later(() -> WebRtcPeer.this.onTrack(track));
        }
    }
}
