package org.zvonok.sdk.android.call;

import android.app.Notification;
import android.app.Service;
import android.content.pm.ServiceInfo;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowService;

/**
 * A platform that counts what a service shows, refuses the type microphone where a test says so,
 * as Android 14 does to an app that nobody has touched, and lets no service end while a start is on
 * its way to it.
 */
@Implements(Service.class)
public class WatchedService extends ShadowService {
    static int shows;
    static boolean refusesMicrophone;
    static int lastStartId;

    @Implementation
    @Override
    protected void startForeground(int id, Notification notification) throws Exception {
        shows++;
        super.startForeground(id, notification);
    }

    @Implementation
    @Override
    protected boolean stopSelfResult(int startId) {
        return startId == lastStartId && super.stopSelfResult(startId);
    }

    /** Ends in the one above. */
    @Implementation(minSdk = 29)
    @Override
    protected void startForeground(int id, Notification notification, int types) throws Exception {
        if (refusesMicrophone && (types & ServiceInfo.FOREGROUND_SERVICE_TYPE_MICROPHONE) != 0) {
            throw new SecurityException("must be in the eligible state for while-in-use access");
        }
        super.startForeground(id, notification, types);
    }
}
