package org.zvonok.sdk.android.call;

import android.Manifest;
import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.app.Person;
import android.content.Context;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.graphics.drawable.Icon;
import android.media.AudioAttributes;
import android.media.RingtoneManager;
import android.os.Build;
import org.zvonok.sdk.android.ApiGuarded;
import org.zvonok.sdk.android.R;

/**
 * What a person sees of calls outside the app: an incoming one that rings and can be answered, and
 * one that is up. In the platform's own style for calls where it has one (Android 12).
 *
 * <p>Texts and icon are resources whose names begin with {@code zvonok_}; an app that defines one
 * of the same name has its own. Touching a notification opens the app's launcher activity, with the
 * call's id as {@link #EXTRA_CALL_ID}.
 */
public final class CallNotifications {
    /** In the intent for the app's activity: the id of the call. */
    public static final String EXTRA_CALL_ID = "org.zvonok.sdk.CALL_ID";
    /** In the intent for the app's activity: the person wants to answer that call. */
    public static final String EXTRA_ANSWER = "org.zvonok.sdk.ANSWER";

    static final String CHANNEL_INCOMING = "zvonok_incoming";
    static final String CHANNEL_ONGOING = "zvonok_ongoing";

    private static final int REQUEST_OPEN = 1;
    private static final int REQUEST_ANSWER = 2;
    private static final int REQUEST_HANGUP = 3;

    private final Context context;
    private final NotificationManager manager;

    CallNotifications(Context context) {
        this.context = context;
        manager = context.getSystemService(NotificationManager.class);
        createChannels();
    }

    /**
     * Tells whether the person would see an incoming call while the app is not in front. From
     * Android 13 on it is the app that asks for the permission, {@code POST_NOTIFICATIONS}; without
     * it calls work, unseen.
     *
     * @param context any
     * @return false: notifications are switched off for the app
     */
    public static boolean areVisible(Context context) {
        return context.getSystemService(NotificationManager.class).areNotificationsEnabled();
    }

    /**
     * Tells whether an incoming call may open the app on the locked screen. The app's manifest asks
     * for {@code USE_FULL_SCREEN_INTENT}; from Android 14 on the person can take it back, and the
     * app leads them to {@code Settings.ACTION_MANAGE_APP_USE_FULL_SCREEN_INTENT}.
     *
     * @param context any
     * @return false: the call is shown by its notification alone
     */
    @ApiGuarded
    public static boolean canTakeScreen(Context context) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
            return context.getSystemService(NotificationManager.class).canUseFullScreenIntent();
        }
        return Build.VERSION.SDK_INT < Build.VERSION_CODES.Q
                || context.checkSelfPermission(Manifest.permission.USE_FULL_SCREEN_INTENT)
                == PackageManager.PERMISSION_GRANTED;
    }

    private void createChannels() {
        NotificationChannel incoming = new NotificationChannel(CHANNEL_INCOMING,
                context.getString(R.string.zvonok_channel_incoming),
                NotificationManager.IMPORTANCE_HIGH);
        incoming.setSound(RingtoneManager.getDefaultUri(RingtoneManager.TYPE_RINGTONE),
                new AudioAttributes.Builder()
                        .setUsage(AudioAttributes.USAGE_NOTIFICATION_RINGTONE)
                        .setContentType(AudioAttributes.CONTENT_TYPE_SONIFICATION)
                        .build());
        incoming.enableVibration(true);
        manager.createNotificationChannel(incoming);
        manager.createNotificationChannel(new NotificationChannel(CHANNEL_ONGOING,
                context.getString(R.string.zvonok_channel_ongoing),
                NotificationManager.IMPORTANCE_LOW));
    }

    void show(int id, Notification notification) {
        manager.notify(id, notification);
    }

    void hide(int id) {
        manager.cancel(id);
    }

    /**
     * Rings until it is replaced or taken away. The platform takes its own style for calls only
     * from a foreground service.
     */
    Notification incoming(CallHandle call, boolean ofService) {
        Notification.Builder builder = base(call, CHANNEL_INCOMING, R.string.zvonok_incoming);
        if (canTakeScreen(context)) {
            builder.setFullScreenIntent(open(call, false), true);
        }
        addIncomingButtons(builder, call, ofService);
        Notification notification = builder.build();
        notification.flags |= Notification.FLAG_INSISTENT;
        return notification;
    }

    /** `sinceMillis` by the wall clock, as notifications want it; 0: it was not answered yet. */
    Notification ongoing(CallHandle call, long sinceMillis) {
        Notification.Builder builder = base(call, CHANNEL_ONGOING, R.string.zvonok_ongoing);
        if (sinceMillis != 0) {
            builder.setWhen(sinceMillis).setShowWhen(true).setUsesChronometer(true);
        }
        addOngoingButtons(builder, call);
        return builder.build();
    }

    /** For the moment in which the platform wants a notification and the call is over. */
    Notification none() {
        return new Notification.Builder(context, CHANNEL_ONGOING)
                .setSmallIcon(R.drawable.zvonok_ic_call)
                .setContentTitle(context.getString(R.string.zvonok_ongoing))
                .build();
    }

    private Notification.Builder base(CallHandle call, String channel, int text) {
        return new Notification.Builder(context, channel)
                .setSmallIcon(R.drawable.zvonok_ic_call)
                .setContentTitle(name(call))
                .setContentText(context.getString(text))
                .setCategory(Notification.CATEGORY_CALL)
                .setContentIntent(open(call, false))
                .setOngoing(true);
    }

    @ApiGuarded
    private void addIncomingButtons(Notification.Builder builder, CallHandle call,
            boolean ofService) {
        if (ofService && Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            builder.setStyle(Notification.CallStyle.forIncomingCall(person(call), hangup(call),
                    answer(call)));
        } else {
            builder.addAction(action(R.string.zvonok_decline, hangup(call)));
            builder.addAction(action(R.string.zvonok_answer, answer(call)));
        }
    }

    @ApiGuarded
    private void addOngoingButtons(Notification.Builder builder, CallHandle call) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            builder.setStyle(Notification.CallStyle.forOngoingCall(person(call), hangup(call)));
        } else {
            builder.addAction(action(R.string.zvonok_hangup, hangup(call)));
        }
    }

    @ApiGuarded
    private Person person(CallHandle call) {
        return new Person.Builder().setName(name(call)).setImportant(true).build();
    }

    private Notification.Action action(int text, PendingIntent intent) {
        Icon icon = Icon.createWithResource(context, R.drawable.zvonok_ic_call);
        return new Notification.Action.Builder(icon, context.getString(text), intent).build();
    }

    private String name(CallHandle call) {
        String name = call.remoteName();
        return name.isEmpty() ? context.getString(R.string.zvonok_unknown) : name;
    }

    /** Where the microphone is not allowed yet, only the app's activity can ask for it. */
    private PendingIntent answer(CallHandle call) {
        boolean isAllowed = context.checkSelfPermission(Manifest.permission.RECORD_AUDIO)
                == PackageManager.PERMISSION_GRANTED;
        return isAllowed ? service(CallService.ACTION_ANSWER, REQUEST_ANSWER, call)
                : open(call, true);
    }

    private PendingIntent hangup(CallHandle call) {
        return service(CallService.ACTION_HANGUP, REQUEST_HANGUP, call);
    }

    private PendingIntent service(String action, int request, CallHandle call) {
        Intent intent = new Intent(action, null, context, CallService.class)
                .putExtra(EXTRA_CALL_ID, call.id());
        return PendingIntent.getForegroundService(context, request, intent, flags());
    }

    /** An app without a launcher activity has notifications that open nothing. */
    private PendingIntent open(CallHandle call, boolean answer) {
        Intent intent = context.getPackageManager()
                .getLaunchIntentForPackage(context.getPackageName());
        if (intent == null) {
            intent = new Intent().setPackage(context.getPackageName());
        }
        intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK | Intent.FLAG_ACTIVITY_SINGLE_TOP);
        intent.putExtra(EXTRA_CALL_ID, call.id()).putExtra(EXTRA_ANSWER, answer);
        return PendingIntent.getActivity(context, answer ? REQUEST_ANSWER : REQUEST_OPEN, intent,
                flags());
    }

    private static int flags() {
        return PendingIntent.FLAG_IMMUTABLE | PendingIntent.FLAG_UPDATE_CURRENT;
    }
}
