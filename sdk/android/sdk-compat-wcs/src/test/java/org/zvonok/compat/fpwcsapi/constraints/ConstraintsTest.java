package org.zvonok.compat.fpwcsapi.constraints;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.webrtc.MediaConstraints;

/** Constraints in each way to make them. */
public final class ConstraintsTest {
    @Test
    public void soundAndPictureAreAskedForByTwoFlags() {
        Constraints sound = new Constraints(true, false);
        assertTrue(sound.hasAudio());
        assertFalse(sound.hasVideo());
        assertNull(sound.getVideoConstraints());
        Constraints picture = new Constraints(false, true);
        assertFalse(picture.hasAudio());
        assertTrue(picture.hasVideo());
        assertNotNull(picture.getVideoConstraints());
    }

    @Test
    public void theyAreAskedForByTwoObjects() {
        AudioConstraints audio = new AudioConstraints();
        VideoConstraints video = new VideoConstraints();
        Constraints both = new Constraints(audio, video);
        assertSame(audio, both.getAudioConstraints());
        assertSame(video, both.getVideoConstraints());
        assertTrue(both.hasAudio());
        assertFalse(new Constraints(null, video).hasAudio());
    }

    @Test
    public void theAudioConstraintsAreNeverNull() {
        assertNotNull(new Constraints(false, false).getAudioConstraints().getMediaConstraints());
        assertNotNull(new Constraints(null, null).getAudioConstraints().getMediaConstraints());
    }

    @Test
    public void libwebrtcsConstraintsCanBeFilled() {
        Constraints constraints = new Constraints(true, false);
        MediaConstraints media = constraints.getAudioConstraints().getMediaConstraints();
        media.optional.add(new MediaConstraints.KeyValuePair("googEchoCancellation", "true"));
        assertSame(media, constraints.getAudioConstraints().getMediaConstraints());
    }

    @Test
    public void theyCanBeUpdated() {
        Constraints constraints = new Constraints(true, false);
        constraints.updateVideo(true);
        VideoConstraints video = constraints.getVideoConstraints();
        constraints.updateVideo(true);
        assertSame(video, constraints.getVideoConstraints());
        constraints.updateVideo(false);
        assertFalse(constraints.hasVideo());
        constraints.setVideoConstraints(video);
        assertTrue(constraints.hasVideo());
        constraints.updateAudio(false);
        assertFalse(constraints.hasAudio());
    }
}
