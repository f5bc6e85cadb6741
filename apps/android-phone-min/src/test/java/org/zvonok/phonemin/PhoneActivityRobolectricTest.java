package org.zvonok.phonemin;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.AlertDialog;
import android.app.Application;
import android.app.Notification;
import android.app.Service;
import android.content.Context;
import android.content.Intent;
import android.content.pm.ApplicationInfo;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;
import android.graphics.Insets;
import android.os.Bundle;
import android.text.InputType;
import android.view.View;
import android.view.ViewGroup;
import android.view.WindowInsets;
import android.view.inputmethod.InputMethodManager;
import android.widget.CheckBox;
import android.widget.EditText;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.webrtc.MediaConstraints;
import org.zvonok.sdk.android.VideoOptions;
import org.zvonok.sdk.android.audio.AudioRoute;
import org.zvonok.sdk.android.call.CallService;

/** The real screen on the oldest platform and a recent one: what is there, and what presses do. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35}, application = TestPhoneApp.class, qualifiers = "w360dp-h640dp-xhdpi")
public class PhoneActivityRobolectricTest {
    /* ---- the form ---- */

    @Test
    public void theFieldsOfTheTableAreThereInItsOrder() {
        try (Screen screen = new Screen()) {
            ViewGroup form = screen.view(R.id.form);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < form.getChildCount(); i++) {
                if (form.getChildAt(i).getLabelFor() == View.NO_ID) {
                    names.add(screen.activity().getResources()
                            .getResourceEntryName(form.getChildAt(i).getId()));
                }
            }
            assertEquals(Arrays.asList("wcs_url", "sip_login", "sip_password", "sip_domain",
                    "sip_port", "sip_register_required", "status", "connect", "auth_token",
                    "connect_with_token", "invite_parameters", "callee",
                    "goog_echo_cancellation", "goog_auto_gain_control",
                    "goog_noise_suppression", "goog_highpass_filter", "proximity",
                    "speaker_phone", "route", "call_status", "waiting", "call", "hold", "mute",
                    "dtmf", "send_dtmf"), names);
        }
    }

    @Test
    public void theyBeginWithTheUsersOwnHostInMind() {
        try (Screen screen = new Screen()) {
            for (int empty : new int[] {R.id.wcs_url, R.id.sip_login, R.id.sip_password,
                R.id.sip_domain, R.id.auth_token, R.id.invite_parameters, R.id.callee}) {
                assertEquals("", screen.text(empty));
            }
            assertEquals("sip.example.org",
                    screen.<EditText>view(R.id.sip_domain).getHint().toString());
            assertEquals("5060", screen.text(R.id.sip_port));
            assertEquals("1", screen.text(R.id.dtmf));
            assertTrue(screen.<CheckBox>view(R.id.sip_register_required).isChecked());
            assertFalse(screen.<CheckBox>view(R.id.proximity).isChecked());
            assertEquals(InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_PASSWORD,
                    screen.<EditText>view(R.id.sip_password).getInputType());
            assertEquals("Phone-min", screen.activity().getTitle().toString());
        }
    }

    @Test
    public void atTheStartOnlyTheConnectButtonsAreOn() {
        try (Screen screen = new Screen()) {
            assertTrue(screen.isOn(R.id.connect));
            assertTrue(screen.isOn(R.id.connect_with_token));
            for (int off : new int[] {R.id.call, R.id.hold, R.id.mute, R.id.send_dtmf}) {
                assertFalse(screen.text(off), screen.isOn(off));
            }
        }
    }

    /* ---- a call with real buttons ---- */

    @Test
    public void aCallOutFromTheFirstPressToTheLast() {
        try (Screen screen = new Screen()) {
            screen.fillIn().press(R.id.connect);
            assertFalse(screen.isOn(R.id.connect));
            assertEquals(screen.string(R.string.connecting), screen.text(R.id.status));
            screen.gateway.accepts("token-of-1001");
            Screen.settle();
            assertEquals(screen.string(R.string.registering), screen.text(R.id.status));
            assertEquals("Disconnect", screen.text(R.id.connect));
            assertEquals("Disconnect", screen.text(R.id.connect_with_token));
            assertEquals("token-of-1001", screen.text(R.id.auth_token));
            assertFalse(screen.isOn(R.id.call));
            screen.gateway.registers();
            Screen.settle();
            assertEquals(screen.string(R.string.registered), screen.text(R.id.status));

            screen.press(R.id.call);
            assertEquals(Manifest.permission.RECORD_AUDIO, shadowOf((Activity) screen.activity())
                    .getLastRequestedPermission().requestedPermissions[0]);
            screen.replyToQuestion(true);
            assertFalse(screen.isOn(R.id.call));
            screen.gateway.reports("ring", "RING");
            Screen.settle();
            assertEquals("Hangup", screen.text(R.id.call));
            assertEquals(screen.string(R.string.ringing, "1002"), screen.text(R.id.call_status));
            screen.gateway.answers();
            Screen.settle();
            assertEquals(screen.string(R.string.talking, "1002"), screen.text(R.id.call_status));

            screen.press(R.id.hold);
            assertEquals("Hold", screen.text(R.id.hold));
            screen.gateway.reports("hold", "HOLD");
            Screen.settle();
            assertEquals("Unhold", screen.text(R.id.hold));
            screen.press(R.id.mute);
            assertEquals("Unmute", screen.text(R.id.mute));
            screen.press(R.id.send_dtmf);
            assertEquals("1", screen.gateway.saidOnce("sendDtmf").optString("dtmf"));

            screen.press(R.id.call);
            assertFalse(screen.isOn(R.id.call));
            screen.gateway.finishes(screen.gateway.dialled());
            Screen.settle();
            assertEquals("Call", screen.text(R.id.call));
            assertTrue(screen.isOn(R.id.call));
            assertFalse(screen.isOn(R.id.hold));
            screen.press(R.id.connect);
            assertEquals("Connect", screen.text(R.id.connect));
        }
    }

    @Test
    public void anIncomingCallIsAnsweredInItsDialog() {
        try (Screen screen = new Screen()) {
            screen.ring();
            assertTrue(screen.dialog().isShowing());
            assertEquals(screen.string(R.string.incoming_from, "1003"), screen.dialogText());
            screen.answer();
            assertEquals(PhonePresenter.TO_ANSWER, shadowOf((Activity) screen.activity())
                    .getLastRequestedPermission().requestCode);
            screen.replyToQuestion(true);
            assertEquals("in-1", screen.gateway.saidOnce("answer").optString("callId"));
            assertFalse(screen.dialog().isShowing());
            screen.gateway.talks("in-1");
            Screen.settle();
            assertEquals(screen.string(R.string.talking, "1003"), screen.text(R.id.call_status));
        }
    }

    @Test
    public void hangupInTheDialogDeclines() {
        try (Screen screen = new Screen()) {
            screen.ring();
            screen.decline();
            assertFalse(screen.dialog().isShowing());
            screen.gateway.saidOnce("hangup");
        }
    }

    @Test
    public void aClickThatComesAfterTheEndOfTheCallDoesNothing() {
        try (Screen screen = new Screen()) {
            screen.talk();
            screen.gateway.finishes(screen.gateway.dialled());
            for (int button : new int[] {R.id.hold, R.id.mute, R.id.send_dtmf}) {
                screen.view(button).performClick();
            }
            assertTrue(screen.gateway.said("hold").isEmpty());
        }
    }

    @Test
    public void theKeyboardGoesWhenAButtonIsPressed() {
        try (Screen screen = new Screen()) {
            InputMethodManager keyboard =
                    screen.activity().getSystemService(InputMethodManager.class);
            keyboard.showSoftInput(screen.view(R.id.sip_login), 0);
            assertTrue(shadowOf(keyboard).isSoftInputVisible());
            screen.press(R.id.connect);
            assertFalse(shadowOf(keyboard).isSoftInputVisible());
        }
    }

    @Test
    public void aFailureIsShownWithItsRemedy() {
        try (Screen screen = new Screen()) {
            screen.allowMicrophone().register().press(R.id.call);
            screen.gateway.ends(screen.gateway.dialled(), "finish", "FAILED", "no_common_codec",
                    "the two sides have no codec in common", "enable opus");
            Screen.settle();
            assertEquals("The call failed.\nThe two sides have no codec in common.\nEnable opus.",
                    screen.text(R.id.call_status));
            assertTrue(screen.isOn(R.id.call));
        }
    }

    @Test
    public void whatIsWrongWithAFieldIsSaidAtTheField() {
        try (Screen screen = new Screen()) {
            screen.register().type(R.id.callee, "").press(R.id.call);
            assertEquals(screen.string(R.string.callee_missing),
                    screen.<EditText>view(R.id.callee).getError().toString());
        }
    }

    /* ---- the microphone ---- */

    @Test
    public void aRefusedMicrophoneIsASentenceAndNoCrash() {
        try (Screen screen = new Screen()) {
            screen.register().press(R.id.call);
            screen.replyToQuestion(false);
            assertEquals(screen.string(R.string.microphone_refused),
                    screen.text(R.id.call_status));
            assertTrue(screen.isOn(R.id.call));
            assertTrue(screen.gateway.said("call").isEmpty());
        }
    }

    @Test
    public void aRefusedMicrophoneLeavesTheDialogWithTheReason() {
        try (Screen screen = new Screen()) {
            screen.ring();
            screen.answer();
            screen.replyToQuestion(false);
            assertTrue(screen.dialog().isShowing());
            assertEquals(screen.string(R.string.microphone_refused), screen.dialogText());
            screen.answer();
            screen.replyToQuestion(true);
            screen.gateway.saidOnce("answer");
        }
    }

    @Test
    public void aQuestionThatWasInterruptedIsNoRefusal() {
        try (Screen screen = new Screen()) {
            screen.ring();
            screen.answer();
            assertFalse(screen.dialog().isShowing());
            screen.activity().onRequestPermissionsResult(PhonePresenter.TO_ANSWER,
                    new String[0], new int[0]);
            Screen.settle();
            assertTrue(screen.dialog().isShowing());
            assertEquals(screen.string(R.string.incoming_from, "1003"), screen.dialogText());
        }
    }

    /* ---- a screen that is turned or left ---- */

    @Test
    public void turningThePhoneKeepsCallFieldsAndButtons() {
        try (Screen screen = new Screen()) {
            screen.talk().press(R.id.mute).type(R.id.dtmf, "42#");
            Activity before = screen.activity();
            turn(screen);
            assertNotSame(before, screen.activity());
            assertTrue(screen.gateway.said("hangup").isEmpty());
            assertEquals(screen.string(R.string.talking, "1002"), screen.text(R.id.call_status));
            assertEquals("Hangup", screen.text(R.id.call));
            assertEquals("Unmute", screen.text(R.id.mute));
            assertEquals("42#", screen.text(R.id.dtmf));
            assertEquals("secret-of-1001", screen.text(R.id.sip_password));
            screen.press(R.id.call);
            screen.gateway.saidOnce("hangup");
        }
    }

    @Test
    public void turningThePhoneAsksAgainAndLeavesNoDialogBehind() {
        try (Screen screen = new Screen()) {
            screen.ring();
            AlertDialog before = screen.dialog();
            turn(screen);
            assertFalse(before.isShowing());
            assertNotSame(before, screen.dialog());
            assertTrue(screen.dialog().isShowing());
        }
    }

    private static void turn(Screen screen) {
        RuntimeEnvironment.setQualifiers("+land");
        screen.controller().configurationChange();
        Screen.settle();
    }

    @Test
    public void leavingTheAppInACallDoesNotEndIt() {
        TestPhoneApp app;
        try (Screen screen = new Screen()) {
            app = screen.app;
            screen.talk();
            screen.activity().finish();
        }
        assertTrue(app.gateway.said("hangup").isEmpty());
        try (Screen next = new Screen()) {
            assertEquals(next.string(R.string.talking, "1002"), next.text(R.id.call_status));
        }
    }

    @Test
    public void aSecondCallWaitsAndIsAskedAboutNext() {
        try (Screen screen = new Screen()) {
            screen.talk();
            screen.gateway.calls("in-2", "1004");
            Screen.settle();
            assertNull(screen.dialog());
            assertEquals(View.VISIBLE, screen.view(R.id.waiting).getVisibility());
            assertEquals(screen.string(R.string.waiting, "1004"), screen.text(R.id.waiting));
            screen.press(R.id.call);
            screen.gateway.finishes(screen.gateway.dialled());
            Screen.settle();
            assertTrue(screen.dialog().isShowing());
            assertEquals(screen.string(R.string.incoming_from, "1004"), screen.dialogText());
            assertEquals(View.GONE, screen.view(R.id.waiting).getVisibility());
        }
    }

    /* ---- the service ---- */

    @Test
    public void aCallIsKeptByAServiceInTheForegroundWithANotification() {
        try (Screen screen = new Screen()) {
            screen.talk();
            Intent wanted = shadowOf((Application) screen.app).getNextStartedService();
            assertEquals(CallService.class.getName(), wanted.getComponent().getClassName());
            ServiceController<CallService> service =
                    Robolectric.buildService(CallService.class, wanted).create();
            service.startCommand(0, 1);
            Screen.settle();
            Notification shown = shadowOf((Service) service.get()).getLastForegroundNotification();
            assertEquals("1002", shown.extras.getCharSequence(Notification.EXTRA_TITLE).toString());
            assertEquals(Notification.CATEGORY_CALL, shown.category);
            assertFalse(shadowOf((Service) service.get()).isStoppedBySelf());

            screen.gateway.finishes(screen.gateway.dialled());
            Screen.settle();
            assertTrue(shadowOf((Service) service.get()).isStoppedBySelf());
            assertTrue(shadowOf((Service) service.get()).isForegroundStopped());
        }
    }

    @Test
    public void aCallAnsweredInTheNotificationShowsOnTheScreen() {
        try (Screen screen = new Screen()) {
            screen.allowMicrophone().ring();
            Robolectric.buildService(CallService.class,
                    shadowOf((Application) screen.app).getNextStartedService())
                    .create().startCommand(0, 1);
            Screen.settle();
            assertTrue(screen.dialog().isShowing());
            screen.gateway.session.getCalls().get(0).answer(); // as the service does
            screen.gateway.talks("in-1");
            Screen.settle();
            assertFalse(screen.dialog().isShowing());
            assertTrue(screen.isOn(R.id.hold));
        }
    }

    /* ---- what is kept ---- */

    @Test
    public void theFieldsAreKeptButNoSecret() throws Exception {
        try (Screen screen = new Screen()) {
            screen.register().press(R.id.connect);
            screen.<CheckBox>view(R.id.sip_register_required).setChecked(false);
            screen.press(R.id.connect);
        }
        for (Path file : filesOf(RuntimeEnvironment.getApplication())) {
            String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            assertFalse(file.toString(), text.contains("secret-of-1001"));
            assertFalse(file.toString(), text.contains("token-of-1001"));
        }
        try (Screen next = new Screen()) {
            assertEquals("wss://gateway.example.org:8443", next.text(R.id.wcs_url));
            assertEquals("1001", next.text(R.id.sip_login));
            assertEquals("sip.example.org", next.text(R.id.sip_domain));
            assertEquals("", next.text(R.id.sip_password));
            assertFalse(next.<CheckBox>view(R.id.sip_register_required).isChecked());
        }
    }

    private static List<Path> filesOf(Context context) throws Exception {
        File root = context.getDataDir();
        try (Stream<Path> all = Files.walk(root.toPath())) {
            List<Path> files = all.filter(Files::isRegularFile).collect(Collectors.toList());
            assertTrue("nothing was kept at all", files.stream()
                    .anyMatch(file -> file.toString().endsWith(".xml")));
            return files;
        }
    }

    @Test
    public void theTokenOutlivesAProcessThatTheSystemEnds() {
        Bundle left = new Bundle();
        try (Screen screen = new Screen()) {
            screen.register();
            screen.controller().saveInstanceState(left);
        }
        RuntimeEnvironment.getApplication().onCreate(); // another process
        try (Screen next = new Screen(left)) {
            assertEquals("token-of-1001", next.text(R.id.auth_token));
            next.press(R.id.connect_with_token);
            next.gateway.resumes("token-2");
            Screen.settle();
            assertEquals("token-2", next.text(R.id.auth_token));
            assertTrue(next.isOn(R.id.call));
        }
    }

    @Test
    public void nothingLeavesByBackupAndNothingIsAskedForThatACallDoesNotNeed() throws Exception {
        Context context = RuntimeEnvironment.getApplication();
        PackageInfo info = context.getPackageManager().getPackageInfo(context.getPackageName(),
                PackageManager.GET_PERMISSIONS | PackageManager.GET_CONFIGURATIONS);
        assertEquals(0, info.applicationInfo.flags & ApplicationInfo.FLAG_ALLOW_BACKUP);
        Set<String> asked = new HashSet<>(Arrays.asList(info.requestedPermissions));
        assertEquals(Stream.of("INTERNET", "ACCESS_NETWORK_STATE", "RECORD_AUDIO",
                "MODIFY_AUDIO_SETTINGS", "POST_NOTIFICATIONS", "WAKE_LOCK", "FOREGROUND_SERVICE",
                "FOREGROUND_SERVICE_PHONE_CALL", "FOREGROUND_SERVICE_MICROPHONE",
                "MANAGE_OWN_CALLS").map(name -> "android.permission." + name)
                .collect(Collectors.toSet()), asked);
    }

    /* ---- the sound ---- */

    @Test
    public void theBoxesForTheSoundGoAlongAndLibwebrtcKnowsThemAll() {
        try (Screen screen = new Screen()) {
            screen.press(R.id.goog_noise_suppression).talk();
            MediaConstraints sound = ((VideoOptions) screen.gateway.session.getCalls().get(0)
                    .getMediaOptions()).getAudioConstraints();
            assertEquals(Arrays.asList("googEchoCancellation: true", "googAutoGainControl: true",
                    "googNoiseSuppression: false", "googHighpassFilter: true"),
                    sound.optional.stream().map(pair -> pair.getKey() + ": " + pair.getValue())
                            .collect(Collectors.toList()));
            assertTrue(sound.mandatory.isEmpty());
        }
    }

    @Test
    public void theRouteIsShownAndTheBoxTellsTheTruth() {
        try (Screen screen = new Screen()) {
            screen.activity().onRoute(AudioRoute.EARPIECE, EnumSet.allOf(AudioRoute.class));
            assertEquals("Sound: Earpiece", screen.text(R.id.route));
            assertFalse(screen.<CheckBox>view(R.id.speaker_phone).isChecked());
            screen.activity().onRoute(AudioRoute.SPEAKER, EnumSet.allOf(AudioRoute.class));
            assertEquals("Sound: Loudspeaker", screen.text(R.id.route));
            assertTrue(screen.<CheckBox>view(R.id.speaker_phone).isChecked());
        }
    }

    /* ---- the window ---- */

    @Test
    @Config(sdk = 35)
    public void theSystemsBarsCoverNothing() {
        try (Screen screen = new Screen()) {
            View decor = screen.activity().getWindow().getDecorView();
            View form = screen.view(R.id.form);
            int side = form.getPaddingLeft();
            decor.dispatchApplyWindowInsets(new WindowInsets.Builder()
                    .setInsets(WindowInsets.Type.systemBars(), Insets.of(40, 48, 44, 96))
                    .build());
            Screen.settle();
            View outer = (View) ((View) form.getParent()).getParent();
            assertEquals(96, outer.getPaddingBottom());
            assertEquals(40, outer.getPaddingLeft());
            assertEquals("its own padding stays", side, form.getPaddingLeft());
        }
    }
}
