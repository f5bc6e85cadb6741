package org.zvonok.phonemin;

import android.app.Application;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.android.Zvonok;

/** Holds what outlives a screen: turning the phone or leaving the app ends no call. */
public class PhoneApp extends Application {
    PhonePresenter presenter;

    @Override public void onCreate() {
        super.onCreate();
        Zvonok.init(this);
        presenter = new PhonePresenter(createSession());
    }

    /** Tests have one of their own, without media. */
    Session createSession() { return Zvonok.createSession(); }
}
