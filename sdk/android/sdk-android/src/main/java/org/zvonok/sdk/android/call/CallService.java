package org.zvonok.sdk.android.call;

import android.app.Notification;
import android.app.Service;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.os.Build;
import android.os.IBinder;
import org.zvonok.sdk.android.ApiGuarded;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Keeps the process and its microphone while calls are up and the app is not seen. The SDK starts
 * and stops it; an app has nothing to do with it, but its manifest shows it.
 *
 * <p>Whoever starts a foreground service must show a notification within seconds, whatever has
 * happened meanwhile, or the platform ends the app: so each start shows one first and ends the
 * service, where the call is over, afterwards.
 */
public final class CallService extends Service {
    static final String ACTION_ANSWER = "org.zvonok.sdk.action.ANSWER";
    static final String ACTION_HANGUP = "org.zvonok.sdk.action.HANGUP";
    static final int NOTIFICATION = 0x7a76;

    private int lastStartId;

    /** The SDK makes none. */
    public CallService() {
    }

    @Override
    public void onDestroy() {
        OngoingCalls.of(this).onServiceDestroyed(this);
        super.onDestroy();
    }

    @Override
    public IBinder onBind(Intent intent) {
        return null;
    }

    @Override
    public int onStartCommand(Intent intent, int flags, int startId) {
        OngoingCalls calls = OngoingCalls.of(this);
        lastStartId = startId;
        calls.onServiceStarted(this);
        String action = intent == null ? null : intent.getAction();
        String id = intent == null ? null : intent.getStringExtra(CallNotifications.EXTRA_CALL_ID);
        if (ACTION_ANSWER.equals(action)) {
            calls.answer(id);
        } else if (ACTION_HANGUP.equals(action)) {
            calls.hangup(id);
        }
        return START_NOT_STICKY; // a process that is made anew has no calls
    }

    /** Shows the notification; false: the platform does not allow the microphone now. */
    boolean show(Notification notification, boolean microphone) {
        try {
            toForeground(notification, microphone);
            return microphone;
        } catch (SecurityException e) {
            if (!microphone) {
                throw e; // the app has taken a permission out that the SDK's manifest asks for
            }
            OngoingCalls.of(this).log(SdkLog.WARN, "the platform does not let the service use the "
                    + "microphone, because nobody has touched the app: " + e.getMessage());
            toForeground(notification, false);
            return false;
        }
    }

    /**
     * False: the platform has another start on its way, such as that of a button which was touched
     * as the call ended. It comes to this same service, which shows something and ends then.
     */
    boolean end() {
        boolean ends = stopSelfResult(lastStartId);
        if (ends) {
            stopForeground(STOP_FOREGROUND_REMOVE);
        }
        return ends;
    }

    @ApiGuarded
    private void toForeground(Notification notification, boolean microphone) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            int types = ServiceInfo.FOREGROUND_SERVICE_TYPE_PHONE_CALL;
            if (microphone) {
                types |= ServiceInfo.FOREGROUND_SERVICE_TYPE_MICROPHONE;
            }
            startForeground(NOTIFICATION, notification, types);
        } else {
            startForeground(NOTIFICATION, notification);
        }
    }
}
