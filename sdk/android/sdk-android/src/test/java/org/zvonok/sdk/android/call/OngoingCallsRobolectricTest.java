package org.zvonok.sdk.android.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Application;
import android.app.Notification;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.ComponentName;
import android.content.ContextWrapper;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.os.Build;
import android.os.Looper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowNotificationManager;
import org.zvonok.sdk.CallState;

/** The foreground service and its notification, from the first ring to the end. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35}, shadows = WatchedService.class)
public class OngoingCallsRobolectricTest {
    private static final int PHONE_CALL = ServiceInfo.FOREGROUND_SERVICE_TYPE_PHONE_CALL;
    private static final int MICROPHONE = ServiceInfo.FOREGROUND_SERVICE_TYPE_MICROPHONE;

    private final Application app = RuntimeEnvironment.getApplication();
    private final ShadowNotificationManager shade =
            shadowOf(app.getSystemService(NotificationManager.class));
    private final List<CallHandle> calls = new ArrayList<>();
    private OngoingCalls ongoing;
    private ServiceController<CallService> service;

    @Before
    public void begin() {
        shadowOf(app).grantPermissions(Manifest.permission.RECORD_AUDIO);
        ongoing = new OngoingCalls(app, () -> calls);
        OngoingCalls.replace(ongoing);
        WatchedService.shows = 0;
        WatchedService.lastStartId = 1;
    }

    @After
    public void end() {
        OngoingCalls.replace(null);
    }

    private void changed() {
        ongoing.onCallsChanged();
        shadowOf(Looper.getMainLooper()).idle();
    }

    /** Lets the platform carry out a start that was asked for. */
    private void startService() {
        Intent intent = shadowOf(app).getNextStartedService();
        assertEquals(CallService.class.getName(), intent.getComponent().getClassName());
        service = Robolectric.buildService(CallService.class, intent).create().startCommand(0, 1);
    }

    private FakeCall begin(FakeCall call) {
        calls.add(call);
        changed();
        startService();
        return call;
    }

    /** Of the call "1". */
    private void hangUpByButton(int startId) {
        service.get().onStartCommand(new Intent(CallService.ACTION_HANGUP)
                .putExtra(CallNotifications.EXTRA_CALL_ID, "1"), 0, startId);
    }

    private Notification shown() {
        return shadowOf(service.get()).getLastForegroundNotification();
    }

    private void expectTypes(int types) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            assertEquals(types, service.get().getForegroundServiceType());
        }
    }

    private static Intent sentBy(PendingIntent intent) {
        return shadowOf(intent).getSavedIntent();
    }

    @SuppressWarnings("deprecation") // the getter with a class is new in API 33
    private PendingIntent answerOf(Notification notification) {
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.S
                ? notification.extras.getParcelable(Notification.EXTRA_ANSWER_INTENT)
                : notification.actions[1].actionIntent;
    }

    /** Complaint 6: sound is lost when the person presses Home. */
    @Test
    public void anOutgoingCallHasAServiceWithTheMicrophone() {
        begin(FakeCall.outgoing("1", CallState.CONNECTING));
        expectTypes(PHONE_CALL | MICROPHONE);
        assertEquals(CallNotifications.CHANNEL_ONGOING, shown().getChannelId());
        assertEquals("Alice", shown().extras.getString(Notification.EXTRA_TITLE));
    }

    /** Complaints 5, 21 and 25: the microphone's type before the person has touched the app. */
    @Test
    public void aCallThatRingsHasNoMicrophoneUntilItIsAnswered() {
        FakeCall call = begin(FakeCall.incoming("1", CallState.RINGING));
        expectTypes(PHONE_CALL);
        assertEquals(CallNotifications.CHANNEL_INCOMING, shown().getChannelId());
        assertTrue("rings on", (shown().flags & Notification.FLAG_INSISTENT) != 0);
        call.state = CallState.CONNECTING;
        changed();
        expectTypes(PHONE_CALL | MICROPHONE);
        assertEquals(CallNotifications.CHANNEL_ONGOING, shown().getChannelId());
        assertNull("one service", shadowOf(app).getNextStartedService());
    }

    @Test
    public void withoutPermissionTheServiceHasNoMicrophoneUntilItIsGranted() {
        shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
        begin(FakeCall.outgoing("1", CallState.CONNECTING));
        expectTypes(PHONE_CALL);
        shadowOf(app).grantPermissions(Manifest.permission.RECORD_AUDIO);
        changed();
        expectTypes(PHONE_CALL | MICROPHONE);
    }

    @Test
    public void theClockRunsFromTheAnswerOn() {
        FakeCall call = begin(FakeCall.outgoing("1", CallState.RINGING));
        assertFalse(shown().extras.getBoolean(Notification.EXTRA_SHOW_CHRONOMETER));
        call.state = CallState.ACTIVE;
        changed();
        assertTrue(shown().extras.getBoolean(Notification.EXTRA_SHOW_CHRONOMETER));
        long since = shown().when;
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(5));
        calls.add(FakeCall.incoming("2", CallState.RINGING));
        changed();
        assertEquals("not anew", since, shown().when);
    }

    @Test
    public void theServiceEndsWithTheLastCall() {
        FakeCall call = begin(FakeCall.outgoing("1", CallState.ACTIVE));
        call.state = CallState.ENDED;
        changed();
        assertTrue(shadowOf(service.get()).isForegroundStopped());
        assertTrue(shadowOf(service.get()).isStoppedBySelf());
    }

    /** The touch is with the platform when the call ends, and comes to the same service after. */
    @Test
    public void aButtonThatCrossesTheEndOfTheCallFindsTheServiceAlive() {
        FakeCall call = begin(FakeCall.outgoing("1", CallState.ACTIVE));
        WatchedService.lastStartId = 2;
        call.state = CallState.ENDED;
        changed();
        assertFalse(shadowOf(service.get()).isStoppedBySelf());
        int before = WatchedService.shows;
        hangUpByButton(2);
        assertEquals("the platform wants to see one", before + 1, WatchedService.shows);
        assertTrue(shadowOf(service.get()).isForegroundStopped());
        assertTrue(shadowOf(service.get()).isStoppedBySelf());
    }

    @Test
    public void aCallBetweenTheEndAndTheButtonKeepsTheService() {
        FakeCall call = begin(FakeCall.outgoing("1", CallState.ACTIVE));
        WatchedService.lastStartId = 2;
        call.state = CallState.ENDED;
        changed();
        FakeCall next = FakeCall.outgoing("2", CallState.CONNECTING);
        calls.add(next);
        changed();
        hangUpByButton(2);
        assertNull("one service", shadowOf(app).getNextStartedService());
        assertFalse(shadowOf(service.get()).isStoppedBySelf());
        assertEquals("another call's button", Collections.emptyList(), next.told);
        expectTypes(PHONE_CALL | MICROPHONE);
        next.state = CallState.ENDED;
        changed();
        assertTrue(shadowOf(service.get()).isStoppedBySelf());
    }

    @Test
    public void aCallAfterTheLastOneGetsAServiceOfItsOwn() {
        begin(FakeCall.outgoing("1", CallState.ACTIVE)).state = CallState.ENDED;
        changed();
        calls.add(FakeCall.outgoing("2", CallState.CONNECTING));
        changed();
        CallService last = service.get();
        startService();
        ongoing.onServiceDestroyed(last);
        assertFalse(shadowOf(service.get()).isStoppedBySelf());
    }

    /** The platform ends an app whose service was started and shows nothing. */
    @Test
    public void aCallThatEndsBeforeItsServiceStartsIsStillShownOnce() {
        FakeCall call = FakeCall.outgoing("1", CallState.CONNECTING);
        calls.add(call);
        changed();
        call.state = CallState.ENDED;
        changed();
        startService();
        assertEquals(1, WatchedService.shows);
        assertTrue(shadowOf(service.get()).isStoppedBySelf());
    }

    @Test
    public void aButtonOfANotificationThatOutlivedItsProcessDoesNothing() {
        OngoingCalls.replace(null);
        Intent intent = new Intent(CallService.ACTION_ANSWER, null, app, CallService.class)
                .putExtra(CallNotifications.EXTRA_CALL_ID, "1");
        service = Robolectric.buildService(CallService.class, intent).create().startCommand(0, 1);
        assertEquals(1, WatchedService.shows);
        assertTrue(shadowOf(service.get()).isStoppedBySelf());
    }

    @Test
    public void theButtonsAnswerAndHangUp() {
        FakeCall call = begin(FakeCall.incoming("1", CallState.RINGING));
        service.get().onStartCommand(sentBy(answerOf(shown())), 0, 2);
        assertEquals(Collections.singletonList("answer"), call.told);
        call.state = CallState.ACTIVE;
        hangUpByButton(3);
        assertEquals("hangup", call.told.get(1));
    }

    @Test
    public void aCallThatIsUpIsNotAnsweredAgain() {
        FakeCall call = begin(FakeCall.incoming("1", CallState.ACTIVE));
        ongoing.answer("1");
        ongoing.answer("2");
        assertEquals(Collections.emptyList(), call.told);
    }

    /** Only an activity can ask for a permission. */
    @Test
    @Config(sdk = 35)
    public void withoutPermissionTheAnswerButtonOpensTheApp() {
        shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
        begin(FakeCall.incoming("1", CallState.RINGING));
        PendingIntent answer = answerOf(shown());
        assertTrue(answer.isActivity());
        assertTrue(sentBy(answer).getBooleanExtra(CallNotifications.EXTRA_ANSWER, false));
        assertEquals("1", sentBy(answer).getStringExtra(CallNotifications.EXTRA_CALL_ID));
    }

    /** Complaint 10: an incoming call is a plain notification. */
    @Test
    @Config(sdk = 35)
    public void newPlatformsShowCallsInTheirOwnStyle() {
        begin(FakeCall.incoming("1", CallState.RINGING));
        assertEquals("android.app.Notification$CallStyle",
                shown().extras.getString(Notification.EXTRA_TEMPLATE));
    }

    @Test
    @Config(sdk = 26)
    public void oldPlatformsShowButtons() {
        begin(FakeCall.incoming("1", CallState.RINGING));
        assertEquals(2, shown().actions.length);
        assertNotNull("opens the app on the locked screen", shown().fullScreenIntent);
    }

    @Test
    public void aSecondCallRingsBesideTheFirst() {
        begin(FakeCall.outgoing("1", CallState.ACTIVE));
        FakeCall second = FakeCall.incoming("2", CallState.RINGING);
        calls.add(second);
        changed();
        Notification waiting = shade.getNotification(OngoingCalls.NOTIFICATION_WAITING);
        assertEquals(CallNotifications.CHANNEL_INCOMING, waiting.getChannelId());
        assertEquals(CallNotifications.CHANNEL_ONGOING, shown().getChannelId());
        second.state = CallState.ENDED;
        changed();
        assertNull(shade.getNotification(OngoingCalls.NOTIFICATION_WAITING));
    }

    /** From Android 14 on: answered by something that the platform does not count as a touch. */
    @Test
    @Config(sdk = 35)
    public void aRefusedMicrophoneLeavesThePhoneCall() {
        FakeCall call = begin(FakeCall.incoming("1", CallState.RINGING));
        WatchedService.refusesMicrophone = true;
        call.state = CallState.ACTIVE;
        changed();
        expectTypes(PHONE_CALL);
        assertEquals(CallNotifications.CHANNEL_ONGOING, shown().getChannelId());
        WatchedService.refusesMicrophone = false;
        changed();
        expectTypes(PHONE_CALL | MICROPHONE);
    }

    /** Complaint 4 and 12: no start from the background, and a ring that nobody sees. */
    @Test
    public void aServiceThatMayNotStartLeavesTheNotification() {
        ongoing = new OngoingCalls(new ContextWrapper(app) {
            @Override
            public ComponentName startForegroundService(Intent intent) {
                throw new IllegalStateException("not from the background");
            }
        }, () -> calls);
        FakeCall call = FakeCall.incoming("1", CallState.RINGING);
        calls.add(call);
        changed();
        Notification alone = shade.getNotification(OngoingCalls.NOTIFICATION_WAITING);
        assertEquals(CallNotifications.CHANNEL_INCOMING, alone.getChannelId());
        assertNull("only a service may have the style for calls",
                alone.extras.getString(Notification.EXTRA_TEMPLATE));
        call.state = CallState.ENDED;
        changed();
        assertNull(shade.getNotification(OngoingCalls.NOTIFICATION_WAITING));
    }

    @Test
    public void withoutLeaveToNotifyCallsWorkUnseen() {
        assertTrue(CallNotifications.areVisible(app));
        shade.setNotificationsEnabled(false);
        assertFalse(CallNotifications.areVisible(app));
        begin(FakeCall.outgoing("1", CallState.CONNECTING));
        expectTypes(PHONE_CALL | MICROPHONE);
    }

    /** Complaint 30: the app is not told that it may not open on the locked screen. */
    @Test
    @Config(sdk = 35)
    public void theLockedScreenIsTakenOnlyWhereThatIsAllowed() {
        shadowOf(app).denyPermissions(Manifest.permission.USE_FULL_SCREEN_INTENT);
        assertFalse(CallNotifications.canTakeScreen(app));
        begin(FakeCall.incoming("1", CallState.RINGING));
        assertNull(shown().fullScreenIntent);
    }
}
