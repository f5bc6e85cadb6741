package org.zvonok.sdk.android;

import android.content.Context;
import android.os.Build;
import android.os.Handler;
import android.os.Looper;
import android.security.NetworkSecurityPolicy;
import android.util.Log;
import org.zvonok.sdk.Platform;
import org.zvonok.sdk.SdkConfig;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.android.audio.CallAudioManager;
import org.zvonok.sdk.android.call.OngoingCalls;
import org.zvonok.sdk.android.net.AndroidNetworkWatcher;
import org.zvonok.sdk.android.webrtc.AndroidMediaEngine;
import org.zvonok.sdk.net.ThreadScheduler;
import org.zvonok.sdk.net.WebSocketTransports;
import org.zvonok.sdk.spi.SdkLog;

/**
 * Where an app begins: {@link #init} once or more, then a {@link Session} for each gateway account.
 * All listeners are called on the main thread, and no method blocks.
 *
 * <p>Log lines have the tag {@code zvonok}; {@code adb shell setprop log.tag.zvonok DEBUG} shows
 * more of them.
 */
public final class Zvonok {
    private static final String VERSION = "0.1.0";

    private static Zvonok instance;

    private final Platform platform;
    private final CallAudioManager audio;
    private final OngoingCalls calls;

    private Zvonok(Context application) {
        SdkLog log = Zvonok::log;
        Handler main = new Handler(Looper.getMainLooper());
        calls = OngoingCalls.of(application);
        audio = new CallAudioManager(application, calls.interrupted());
        platform = Platform.builder()
                .media(new AndroidMediaEngine(application))
                .transports(WebSocketTransports.builder()
                        .allowCleartext(Zvonok::isCleartextAllowed).build())
                .scheduler(new ThreadScheduler(log))
                .network(new AndroidNetworkWatcher(application, log))
                .audio((live, video, ringing) -> {
                    audio.onCalls(live, video, ringing);
                    calls.onCallsChanged();
                })
                .callbacks(main::post)
                .log(log)
                .build();
    }

    /**
     * The app's network security configuration says so of this host or of all; where the platform
     * allows it unasked, before Android 9, it does not count.
     */
    static boolean isCleartextAllowed(String host) {
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.P
                && NetworkSecurityPolicy.getInstance().isCleartextTrafficPermitted(host);
    }

    /**
     * Makes the SDK ready; to be called in {@code onCreate} of an Activity or of the Application,
     * again and again if that is easier. Keeps the application's context and no other.
     *
     * @param context any
     */
    public static synchronized void init(Context context) {
        if (instance == null) {
            Context application = context.getApplicationContext();
            // Null in a ContentProvider that is made before the Application is.
            instance = new Zvonok(application == null ? context : application);
        }
    }

    /**
     * A session with the usual waits, which is not connected yet.
     *
     * @return the session
     * @throws IllegalStateException when {@link #init} was not called
     */
    public static Session createSession() {
        return createSession(SdkConfig.builder()
                .clientVersion("zvonok-android " + VERSION)
                .clientOsVersion("Android " + Build.VERSION.RELEASE)
                .build());
    }

    /**
     * A session that is not connected yet.
     *
     * @param config its waits, and how it presents itself to the gateway
     * @return the session
     * @throws IllegalStateException when {@link #init} was not called
     */
    public static Session createSession(SdkConfig config) {
        Zvonok zvonok = need();
        Session session = new Session(zvonok.platform, config);
        zvonok.calls.add(session);
        return session;
    }

    /**
     * Where calls are heard.
     *
     * @return the one of the process
     * @throws IllegalStateException when {@link #init} was not called
     */
    public static CallAudioManager getAudioManager() {
        return need().audio;
    }

    /**
     * Which SDK this is.
     *
     * @return such as {@code 0.1.0}
     */
    public static String version() {
        return VERSION;
    }

    private static synchronized Zvonok need() {
        if (instance == null) {
            throw new IllegalStateException("Zvonok.init(context) was not called; call it in "
                    + "onCreate of your Activity or Application");
        }
        return instance;
    }

    private static void log(int level, String tag, String text) {
        if (Log.isLoggable(tag, level)) {
            Log.println(level, tag, text);
        }
    }
}
