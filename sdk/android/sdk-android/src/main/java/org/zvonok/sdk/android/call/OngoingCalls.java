package org.zvonok.sdk.android.call;

import android.Manifest;
import android.annotation.SuppressLint;
import android.content.Context;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import java.util.List;
import java.util.function.Supplier;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.android.audio.InterruptedCalls;
import org.zvonok.sdk.spi.SdkLog;

/**
 * The calls of the process as the rest of the phone sees them: starts, changes and ends the
 * foreground service and its notification as {@link ServicePlan} says. For the SDK itself. Except
 * for what says otherwise, on the main thread.
 *
 * <p>The platform makes the service, so it finds this by a static reference. It does not allow a
 * service to be started from the background at any time: then an incoming call is shown by its
 * notification alone, and the service follows when the person has touched that.
 */
public final class OngoingCalls {
    static final int NOTIFICATION_WAITING = CallService.NOTIFICATION + 1;

    @SuppressLint("StaticFieldLeak") // the context is the application's, which lives as long
    private static OngoingCalls instance;

    private final Context context;
    private final SdkLog log = Log::println;
    private final Handler main = new Handler(Looper.getMainLooper());
    private final SessionCalls sessions = new SessionCalls(this::onCallsChanged);
    private final Supplier<List<CallHandle>> calls;
    private final CallNotifications notifications;
    private final Interruptions interruptions;
    private ServicePlan plan = ServicePlan.NONE;
    /** Null: none that was started and has not ended. */
    private CallService service;
    private boolean starting;
    private String answeredId = "";
    private long answeredMillis;

    private OngoingCalls(Context context) {
        this(context, null);
    }

    /** `calls` null: those of the sessions. */
    OngoingCalls(Context context, Supplier<List<CallHandle>> calls) {
        this.context = context;
        this.calls = calls == null ? sessions : calls;
        notifications = new CallNotifications(context);
        interruptions = new Interruptions(this.calls);
    }

    /**
     * The one of this process, on any thread. In a process that was made anew, for a notification
     * that outlived the last one, it has no calls.
     *
     * @param context any
     * @return never null
     */
    public static synchronized OngoingCalls of(Context context) {
        if (instance == null) {
            Context application = context.getApplicationContext();
            instance = new OngoingCalls(application == null ? context : application);
        }
        return instance;
    }

    static synchronized void replace(OngoingCalls other) {
        instance = other;
    }

    /**
     * Follows the calls of a session from now on; on any thread.
     *
     * @param session is held weakly
     */
    public void add(Session session) {
        sessions.add(session);
    }

    /** Some call is not what it was; on any thread. */
    public void onCallsChanged() {
        main.post(this::refresh);
    }

    /**
     * Who holds and mutes calls while another call has the sound.
     *
     * @return for {@code CallAudioManager}
     */
    public InterruptedCalls interrupted() {
        return interruptions;
    }

    void onServiceDestroyed(CallService destroyed) {
        if (service == destroyed) {
            service = null;
        }
    }

    /** The platform has let a start through, ours or that of a button: now it wants to see one. */
    void onServiceStarted(CallService started) {
        service = started;
        starting = false;
        plan = read();
        if (plan.isNone()) {
            service.show(notifications.none(), false);
        }
        apply();
    }

    void answer(String id) {
        for (CallHandle call : calls.get()) {
            if (call.id().equals(id) && ServicePlan.isRinging(call)) {
                call.answer();
            }
        }
    }

    void hangup(String id) {
        for (CallHandle call : calls.get()) {
            if (call.id().equals(id)) {
                call.hangup();
            }
        }
    }

    void log(int level, String text) {
        log.log(level, "zvonok", text);
    }

    private void refresh() {
        ServicePlan next = read();
        if (next.isSame(plan)) {
            return;
        }
        plan = next;
        if (starting) {
            return; // what is right then is shown when the service has started
        }
        if (service == null && !plan.isNone()) {
            start();
        } else {
            apply();
        }
    }

    private ServicePlan read() {
        boolean isMicrophoneAllowed = context.checkSelfPermission(Manifest.permission.RECORD_AUDIO)
                == PackageManager.PERMISSION_GRANTED;
        return ServicePlan.of(calls.get(), isMicrophoneAllowed);
    }

    private void start() {
        try {
            context.startForegroundService(new Intent(context, CallService.class));
            starting = true;
        } catch (IllegalStateException e) {
            log(SdkLog.WARN, "the platform does not let a service start from the background, so "
                    + "the call lives only as long as the process: " + e.getMessage());
            showAlone();
        }
    }

    private void apply() {
        if (service == null) {
            showAlone();
        } else if (plan.isNone()) {
            if (service.end()) {
                service = null; // a call that comes now needs another one
            }
            notifications.hide(NOTIFICATION_WAITING);
        } else {
            showByService();
        }
    }

    private void showByService() {
        boolean isOngoing = plan.ongoing != null;
        long since = plan.answered ? answeredSince(plan.ongoing) : 0;
        boolean hasMicrophone = service.show(isOngoing ? notifications.ongoing(plan.ongoing, since)
                : notifications.incoming(plan.ringing, true), plan.microphone);
        if (isOngoing && plan.ringing != null) {
            notifications.show(NOTIFICATION_WAITING, notifications.incoming(plan.ringing, false));
        } else {
            notifications.hide(NOTIFICATION_WAITING);
        }
        plan = plan.withMicrophone(hasMicrophone); // what was refused is tried at the next change
    }

    /** The clock of a call does not start anew when another one is shown beside it. */
    private long answeredSince(CallHandle call) {
        if (!call.id().equals(answeredId)) {
            answeredId = call.id();
            answeredMillis = System.currentTimeMillis();
        }
        return answeredMillis;
    }

    /** Without a service an incoming call still rings. */
    private void showAlone() {
        if (plan.ringing != null) {
            notifications.show(NOTIFICATION_WAITING, notifications.incoming(plan.ringing, false));
        } else {
            notifications.hide(NOTIFICATION_WAITING);
        }
    }
}
