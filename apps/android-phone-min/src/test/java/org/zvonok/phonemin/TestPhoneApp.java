package org.zvonok.phonemin;

import org.robolectric.util.ReflectionHelpers;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.android.Zvonok;
import org.zvonok.sdk.android.call.OngoingCalls;

/** The app on a gateway that the test plays; audio, service and notification are the SDK's own. */
public final class TestPhoneApp extends PhoneApp {
    FakeGateway gateway;

    @Override public void onCreate() {
        // A process has one of each, and these tests are many processes in one.
        ReflectionHelpers.setStaticField(Zvonok.class, "instance", null);
        ReflectionHelpers.setStaticField(OngoingCalls.class, "instance", null);
        super.onCreate();
    }

    @Override Session createSession() {
        gateway = new FakeGateway((calls, video, rings) -> {
            Zvonok.getAudioManager().onCalls(calls, video, rings);
            OngoingCalls.of(this).onCallsChanged();
        });
        OngoingCalls.of(this).add(gateway.session);
        return gateway.session;
    }
}
