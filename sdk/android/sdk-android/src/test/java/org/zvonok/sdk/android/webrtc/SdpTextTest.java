package org.zvonok.sdk.android.webrtc;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class SdpTextTest {
    private static final String SESSION = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    private static final String AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
            + "a=ice-ufrag:QUy2\r\na=mid:0\r\na=sendrecv\r\n";

    private static String video(int port, String direction) {
        return "m=video " + port + " UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n" + direction;
    }

    private static String sdp(String video) {
        return SESSION + AUDIO + video;
    }

    @Test
    public void videoIsOfferedUnlessItsPortIsZero() {
        assertTrue(SdpText.offersVideo(sdp(video(9, "a=sendrecv\r\n"))));
        assertFalse(SdpText.offersVideo(sdp(video(0, "a=sendrecv\r\n"))));
        assertFalse(SdpText.offersVideo(sdp("")));
        assertFalse(SdpText.offersVideo(""));
    }

    @Test
    public void aPictureFlowsWhereBothSidesAllowIt() {
        String[] words = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"};
        for (String ours : words) {
            for (String theirs : words) {
                String local = sdp(video(9, ours + "\r\n"));
                String remote = sdp(video(9, theirs + "\r\n"));
                boolean weSend = ours.contains("send") && theirs.contains("recv");
                boolean theySend = theirs.contains("send") && ours.contains("recv");
                assertEquals(ours + theirs, weSend, SdpText.sendsVideo(local, remote));
                assertEquals(ours + theirs, theySend, SdpText.receivesVideo(local, remote));
            }
        }
    }

    @Test
    public void withoutAWordADirectionIsBoth() {
        assertTrue(SdpText.sendsVideo(sdp(video(9, "")), sdp(video(9, "a=recvonly\r\n"))));
    }

    @Test
    public void nothingFlowsThroughARefusedPlace() {
        String both = sdp(video(9, "a=sendrecv\r\n"));
        assertFalse(SdpText.sendsVideo(both, sdp(video(0, "a=sendrecv\r\n"))));
        assertFalse(SdpText.receivesVideo(both, sdp("")));
    }

    @Test
    public void theIceUserNameIsTheFirst() {
        assertEquals("QUy2", SdpText.iceUfrag(sdp("")));
        assertEquals("", SdpText.iceUfrag(SESSION));
    }

    @Test
    public void aRefusedVideoHasPortZeroAndNoPlaceInTheBundle() {
        String answer = "v=0\r\na=group:BUNDLE 0 1\r\na=msid-semantic: WMS\r\n" + AUDIO
                + video(9, "a=inactive\r\n");
        assertEquals("v=0\r\na=group:BUNDLE 0\r\na=msid-semantic: WMS\r\n" + AUDIO
                + video(0, "a=inactive\r\n"), SdpText.refuseVideo(answer));
    }

    @Test
    public void anAnswerThatRefusesVideoAlreadyStaysAsItIs() {
        String answer = "v=0\r\na=group:BUNDLE 0\r\n" + AUDIO + video(0, "a=inactive\r\n");
        assertEquals(answer, SdpText.refuseVideo(answer));
        assertEquals(sdp(""), SdpText.refuseVideo(sdp("")));
    }
}
