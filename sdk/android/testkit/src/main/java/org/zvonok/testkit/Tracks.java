package org.zvonok.testkit;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCRtpTransceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.media.MediaStreamTrack;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.VideoTrack;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a peer connection sends and gets, and the devices behind it. In the rtc thread. */
final class Tracks {
    private static final List<String> STREAM = Collections.singletonList("zvonok");

    private final MediaClock clock;
    private final PeerConnectionFactory factory;
    private final RTCPeerConnection connection;
    private final DesktopMedia devices;
    /** By id. libwebrtc drops the sink of a track that Java has no reference to. */
    private final Map<String, MediaStreamTrack> received = new HashMap<>();

    private CustomAudioSource microphone;
    private Tone tone;
    private AudioTrack audio;
    private CustomVideoSource camera;
    private Bars bars;
    private VideoTrack video;
    private boolean audioOn = true;
    private boolean videoOn = true;

    Tracks(DesktopMediaEngine engine, RTCPeerConnection connection, DesktopMedia devices) {
        this.clock = engine.clock();
        this.factory = engine.factory();
        this.connection = connection;
        this.devices = devices;
    }

    /** Sends sound, unless it is sent already. */
    void sendAudio() {
        if (audio != null) {
            return;
        }
        devices.getEar().open();
        microphone = new CustomAudioSource();
        audio = factory.createAudioTrack("microphone", microphone);
        audio.setEnabled(audioOn);
        connection.addTrack(audio, STREAM);
        tone = new Tone(microphone, devices.toneHz());
        clock.add(tone);
    }

    /** Sends a picture, unless it is sent already. */
    void sendVideo() {
        if (video == null) {
            camera = new CustomVideoSource();
            video = factory.createVideoTrack("camera", camera);
            connection.addTrack(video, STREAM);
            bars = new Bars(camera, devices.bars());
            bars.setShown(videoOn);
            clock.add(bars);
        }
        RTCRtpTransceiver place = videoPlace();
        if (place != null && place.getDirection() != RTCRtpTransceiverDirection.SEND_RECV) {
            place.setDirection(RTCRtpTransceiverDirection.SEND_RECV);
        }
    }

    /** What is switched off is sent as silence, or as black. */
    void setSending(boolean audioOn, boolean videoOn) {
        this.audioOn = audioOn;
        this.videoOn = videoOn;
        if (audio != null) {
            audio.setEnabled(audioOn);
        }
        if (bars != null) {
            bars.setShown(videoOn);
        }
    }

    /** A picture is coming, or may. */
    boolean isVideoReceived() {
        RTCRtpTransceiver place = videoPlace();
        RTCRtpTransceiverDirection agreed = place == null ? null : place.getCurrentDirection();
        return agreed == RTCRtpTransceiverDirection.SEND_RECV
                || agreed == RTCRtpTransceiverDirection.RECV_ONLY;
    }

    /** A track comes anew with each description that brings its direction back. */
    void onTrack(RTCRtpTransceiver place) {
        MediaStreamTrack track = place.getReceiver().getTrack();
        if (received.putIfAbsent(track.getId(), track) != null) {
            return;
        }
        if (track instanceof AudioTrack) {
            ((AudioTrack) track).addSink(devices.getEar().sink());
        } else if (track instanceof VideoTrack) {
            ((VideoTrack) track).addSink(devices.getEye().sink());
        }
    }

    /** Before the peer connection is closed: nothing goes in or comes out any more. */
    void detach() {
        if (tone != null) {
            clock.remove(tone);
        }
        if (bars != null) {
            clock.remove(bars);
        }
        for (MediaStreamTrack track : received.values()) {
            if (track instanceof AudioTrack) {
                ((AudioTrack) track).removeSink(devices.getEar().sink());
            } else if (track instanceof VideoTrack) {
                ((VideoTrack) track).removeSink(devices.getEye().sink());
            }
        }
        devices.getEar().close();
    }

    /** After the peer connection was closed. */
    void dispose() {
        received.clear();
        if (audio != null) {
            audio.dispose();
            microphone.dispose();
        }
        if (video != null) {
            video.dispose();
            camera.dispose();
        }
    }

    /** The one place for video; one that was stopped is none any more. */
    private RTCRtpTransceiver videoPlace() {
        for (RTCRtpTransceiver place : connection.getTransceivers()) {
            boolean isVideo = place.getReceiver().getTrack() instanceof VideoTrack;
            if (isVideo && !place.stopped()) {
                return place;
            }
        }
        return null;
    }
}
