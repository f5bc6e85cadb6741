package org.zvonok.sdk.android.webrtc;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.Test;
import org.zvonok.sdk.MediaStats;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.spi.MediaRequest;
import org.zvonok.sdk.spi.MediaSession;
import org.zvonok.sdk.spi.MediaState;
import org.zvonok.sdk.test.VirtualScheduler;

public class PeerSessionTest {
    private static final int GATHERING_MILLIS = 2_000;

    private final VirtualScheduler rtc = new VirtualScheduler();
    private final FakePeer peer = new FakePeer();
    private final List<String> results = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final List<String> logged = new ArrayList<>();

    private PeerSession open(boolean video) {
        MediaRequest request = new MediaRequest(true, video, Collections.emptyList(), null,
                GATHERING_MILLIS);
        return new PeerSession(rtc, e -> {
            peer.events = e;
            return peer;
        }, request, new MediaSession.Observer() {
            @Override
            public void onConnectionState(MediaState state) {
                events.add(state.name());
            }

            @Override
            public void onRemoteVideo(boolean has) {
                events.add("video " + has);
            }

            @Override
            public void onError(SdkError error) {
                events.add(error.getCause());
            }
        }, (level, tag, text) -> logged.add(text));
    }

    private final MediaSession.SdpResult sdp = new MediaSession.SdpResult() {
        @Override
        public void onSdp(String sdp) {
            results.add(sdp);
        }

        @Override
        public void onFailed(SdkError error) {
            results.add(error.getCause());
        }
    };
    private final MediaSession.Result done = new MediaSession.Result() {
        @Override
        public void onDone() {
            results.add("done");
        }

        @Override
        public void onFailed(SdkError error) {
            results.add(error.getCause());
        }
    };

    private static String description(String ufrag, String video) {
        return "v=0\r\nm=audio 9 X 0\r\na=ice-ufrag:" + ufrag + "\r\na=sendrecv\r\n" + video;
    }

    private static String withVideo(String ufrag, String direction) {
        return description(ufrag, "m=video 9 X 96\r\na=mid:1\r\na=" + direction + "\r\n");
    }

    /** Ends the step that the peer is in. */
    private void end(String text) {
        Peer.Done step = peer.step;
        peer.step = null;
        step.onDone(text);
        rtc.run();
    }

    private void gathered() {
        peer.events.onGathered();
        rtc.run();
    }

    private void offer(PeerSession session, String text) {
        session.createOffer(false, sdp);
        rtc.run();
        end(text);
        end("");
        gathered();
    }

    private void accept(PeerSession session, String text) {
        session.setRemoteAnswer(text, done);
        rtc.run();
        end("");
    }

    private void answer(PeerSession session, String offer, boolean video, String text) {
        session.createAnswer(offer, video, sdp);
        rtc.run();
        end("");
        end(text);
        end("");
        gathered();
    }

    @Test
    public void anOfferComesWithItsCandidates() {
        PeerSession session = open(false);
        session.createOffer(false, sdp);
        rtc.run();
        end(description("a", ""));
        end("");
        assertEquals("not before they are gathered", Collections.emptyList(), results);
        peer.local = description("a", "a=candidate:1\r\n");
        gathered();
        assertEquals(Collections.singletonList(peer.local), results);
        assertEquals(Arrays.asList("addAudio", "createOffer", "setLocal OFFER"), peer.told);
    }

    @Test
    public void gatheringIsWaitedForNoLongerThanItsLimit() {
        PeerSession session = open(false);
        session.createOffer(false, sdp);
        rtc.run();
        end(description("a", ""));
        end("");
        rtc.advance(GATHERING_MILLIS - 1);
        assertTrue(results.isEmpty());
        rtc.advance(1);
        assertEquals(1, results.size());
        gathered();
        assertEquals("one result, whatever comes later", 1, results.size());
    }

    @Test
    public void aRestartGathersAnew() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        accept(session, description("z", ""));
        session.createOffer(true, sdp);
        rtc.run();
        end(description("b", ""));
        end("");
        assertEquals("the first offer, and its answer", 2, results.size());
        peer.local = description("a", "");
        gathered();
        assertEquals("that was the gathering before", 2, results.size());
        peer.local = description("b", "");
        gathered();
        assertEquals(3, results.size());
        assertTrue(peer.told.contains("createOffer restart"));
        assertEquals("the microphone is put in once", 1,
                Collections.frequency(peer.told, "addAudio"));
    }

    @Test
    public void anAnswerInARunningCallGathersNothing() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        accept(session, description("z", ""));
        session.createAnswer(withVideo("z", "sendrecv"), true, sdp);
        rtc.run();
        end("");
        end(withVideo("a", "sendrecv"));
        end("");
        assertEquals(3, results.size());
    }

    @Test
    public void withoutPermissionNothingIsRecordedAndAnAnswerIsStillPossible() {
        PeerSession session = open(false);
        peer.lack = SdkError.of("microphone_permission");
        session.createAnswer(description("z", ""), false, sdp);
        rtc.run();
        assertEquals(Collections.singletonList("microphone_permission"), results);
        assertTrue(peer.told.isEmpty());
        peer.lack = null;
        answer(session, description("z", ""), false, description("a", ""));
        assertEquals(Arrays.asList("microphone_permission", description("a", "")), results);
    }

    @Test
    public void whatLibwebrtcRefusesIsTheResultOfTheStep() {
        PeerSession session = open(false);
        session.createOffer(false, sdp);
        rtc.run();
        peer.step.onFailed("no codec");
        assertEquals(Collections.singletonList("media_engine"), results);
    }

    @Test
    public void aLibraryThatCannotBeLoadedIsTheResultOfTheFirstStep() {
        MediaRequest request = new MediaRequest(true, false, Collections.emptyList(), null, 1);
        PeerSession session = new PeerSession(rtc, e -> {
            throw new UnsatisfiedLinkError("no jingle_peerconnection_so");
        }, request, null, (level, tag, text) -> logged.add(text));
        session.createOffer(false, sdp);
        rtc.run();
        assertEquals(Collections.singletonList("media_engine"), results);
        session.close();
        rtc.run();
    }

    @Test
    public void aStepBeforeAnyDescriptionFails() {
        PeerSession session = open(false);
        session.rollback(done);
        session.setRemoteAnswer("v=0\r\n", done);
        rtc.run();
        assertEquals(Arrays.asList("media_engine", "media_engine"), results);
    }

    @Test
    public void nothingComesAfterTheEnd() {
        PeerSession session = open(false);
        session.createOffer(false, sdp);
        rtc.run();
        end(description("a", ""));
        end("");
        session.close();
        session.close();
        rtc.run();
        peer.events.onGathered();
        peer.events.onState(MediaState.FAILED);
        peer.events.onError(SdkError.of("camera_lost"));
        rtc.advance(GATHERING_MILLIS);
        session.createOffer(false, sdp);
        session.setAudioMuted(true);
        rtc.run();
        assertTrue(results.isEmpty());
        assertTrue(events.isEmpty());
        assertEquals("closed once", 1, Collections.frequency(peer.told, "close"));
    }

    /** An exception that leaves the thread of libwebrtc ends the app. */
    @Test
    public void aChangeThatFailsIsAnEventAndTheNextOneIsTried() {
        PeerSession session = open(true);
        offer(session, withVideo("a", "sendrecv"));
        accept(session, withVideo("z", "sendrecv"));
        events.clear();
        peer.cameraFault = new IllegalStateException("the camera has gone");
        session.setAudioMuted(true);
        session.setHeld(true);
        rtc.run();
        assertEquals(Arrays.asList("media_engine", "media_engine"), events);
        assertFalse("what could be done was", peer.hears);
        peer.cameraFault = null;
        session.setHeld(false);
        rtc.run();
        assertTrue(peer.hears);
        assertTrue(peer.camera);
        assertFalse("what was wanted is not forgotten", peer.speaks);
    }

    @Test
    public void anEndThatFailsIsLogged() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        peer.cameraFault = new IllegalStateException("the camera has gone");
        session.close();
        rtc.run();
        assertTrue(peer.closed);
        assertTrue("no event after the end", events.isEmpty());
        assertEquals(1, logged.size());
        assertTrue(logged.get(0), logged.get(0).contains("the camera has gone"));
    }

    @Test
    public void aDescriptionThatCannotBeReadAfterGatheringIsTheResultOfItsStep() {
        PeerSession session = open(false);
        session.createOffer(false, sdp);
        rtc.run();
        end(description("a", ""));
        end("");
        peer.localFault = new IllegalStateException("no memory");
        rtc.advance(GATHERING_MILLIS);
        assertEquals(Collections.singletonList("media_engine"), results);
    }

    @Test
    public void anEndBetweenTwoStepsStopsTheSecond() {
        PeerSession session = open(false);
        session.createAnswer(description("z", ""), false, sdp);
        rtc.run();
        session.close();
        end("");
        assertFalse(peer.told.contains("createAnswer"));
        assertTrue(results.isEmpty());
        assertTrue(peer.closed);
    }

    @Test
    public void refusedVideoIsRefusedInTheAnswer() {
        PeerSession session = open(false);
        answer(session, withVideo("z", "sendrecv"), false, withVideo("a", "inactive"));
        assertTrue(peer.told.contains("refuseVideo"));
        assertTrue(results.get(0), results.get(0).contains("m=video 0 "));
        assertFalse(peer.camera);
        assertTrue("no picture, no event", events.isEmpty());
    }

    @Test
    public void anAnswerWithVideoOpensTheCamera() {
        PeerSession session = open(false);
        answer(session, withVideo("z", "sendrecv"), true, withVideo("a", "sendrecv"));
        assertTrue(peer.camera);
        assertEquals(Collections.singletonList("video true"), events);
    }

    @Test
    public void theCameraIsClosedWhenTheFarEndDoesNotWantIt() {
        PeerSession session = open(true);
        offer(session, withVideo("a", "sendrecv"));
        assertTrue("one sees oneself while it rings", peer.camera);
        accept(session, description("z", "m=video 0 X 96\r\n"));
        assertFalse(peer.camera);
    }

    @Test
    public void videoComesAndGoesInARunningCall() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        accept(session, description("z", ""));
        assertFalse("a call without video", peer.camera);
        answer(session, withVideo("z", "sendrecv"), true, withVideo("a", "sendrecv"));
        assertTrue(peer.camera);
        answer(session, withVideo("z", "inactive"), true, withVideo("a", "inactive"));
        assertFalse(peer.camera);
        assertEquals(Arrays.asList("video true", "video false"), events);
    }

    @Test
    public void aFarEndThatAddsUnwantedVideoDoesNotOpenTheCamera() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        accept(session, description("z", ""));
        answer(session, withVideo("z", "sendrecv"), false, withVideo("a", "inactive"));
        assertFalse(peer.camera);
        assertTrue(events.isEmpty());
    }

    @Test
    public void aCameraThatIsMutedFromTheStartStaysClosed() {
        PeerSession session = open(true);
        session.setVideoMuted(true);
        offer(session, withVideo("a", "sendrecv"));
        accept(session, withVideo("z", "sendrecv"));
        assertFalse(peer.camera);
        assertEquals("and one sees the far end", Collections.singletonList("video true"), events);
        session.setVideoMuted(false);
        rtc.run();
        assertTrue(peer.camera);
    }

    @Test
    public void aRestartLeavesVideoAloneThatWasRefused() {
        PeerSession session = open(true);
        offer(session, withVideo("a", "sendrecv"));
        accept(session, description("z", "m=video 0 X 96\r\n"));
        session.createOffer(true, sdp);
        rtc.run();
        assertEquals(1, Collections.frequency(peer.told, "addVideo"));
    }

    @Test
    public void holdAndMuteAreIndependent() {
        PeerSession session = open(true);
        session.setAudioMuted(true);
        offer(session, withVideo("a", "sendrecv"));
        accept(session, withVideo("z", "sendrecv"));
        assertFalse("muted before there was a microphone", peer.speaks);
        session.setAudioMuted(false);
        session.setHeld(true);
        rtc.run();
        assertFalse(peer.speaks);
        assertFalse(peer.hears);
        assertFalse(peer.camera);
        session.setVideoMuted(true);
        session.setHeld(false);
        rtc.run();
        assertTrue(peer.speaks);
        assertTrue(peer.hears);
        assertFalse("still muted", peer.camera);
    }

    @Test
    public void anOfferWithoutAnswerIsTakenBack() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        session.rollback(done);
        rtc.run();
        end("");
        assertEquals("done", results.get(1));
        assertEquals("setLocal ROLLBACK", peer.told.get(peer.told.size() - 1));
    }

    @Test
    public void afterARestartThatIsTakenBackNothingIsGathered() {
        PeerSession session = open(false);
        offer(session, description("a", ""));
        accept(session, description("z", ""));
        offer(session, description("b", ""));
        session.rollback(done);
        rtc.run();
        end("");
        session.createAnswer(description("z", ""), false, sdp);
        rtc.run();
        end("");
        end(description("a", ""));
        int before = results.size();
        end("");
        assertEquals("at once", before + 1, results.size());
    }

    @Test
    public void figuresComeWhileThereIsACall() {
        PeerSession session = open(false);
        List<Long> sent = new ArrayList<>();
        MediaSession.StatsResult figures = new MediaSession.StatsResult() {
            @Override
            public void onStats(MediaStats stats) {
                sent.add(stats.packetsSent);
            }

            @Override
            public void onFailed(SdkError error) {
                sent.add(-1L);
            }
        };
        session.getStats(figures);
        offer(session, description("a", ""));
        session.getStats(figures);
        rtc.run();
        assertEquals(Arrays.asList(-1L, 7L), sent);
    }
}
