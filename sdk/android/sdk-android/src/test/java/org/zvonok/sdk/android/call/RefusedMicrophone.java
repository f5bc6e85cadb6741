package org.zvonok.sdk.android.call;

import android.app.Notification;
import android.app.Service;
import android.content.pm.ServiceInfo;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowService;

/** A platform that refuses the type microphone, as Android 14 does to an app in the background. */
@Implements(Service.class)
public class RefusedMicrophone extends ShadowService {
    static boolean refuses;

    @Implementation
    protected void startForeground(int id, Notification notification, int types) throws Exception {
        if (refuses && (types & ServiceInfo.FOREGROUND_SERVICE_TYPE_MICROPHONE) != 0) {
            throw new SecurityException("must be in the eligible state for while-in-use access");
        }
        super.startForeground(id, notification, types);
    }
}
