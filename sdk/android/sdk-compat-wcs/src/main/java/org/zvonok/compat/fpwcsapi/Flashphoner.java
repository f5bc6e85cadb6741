package org.zvonok.compat.fpwcsapi;

import android.content.Context;
import org.zvonok.compat.fpwcsapi.session.Session;
import org.zvonok.compat.fpwcsapi.session.SessionOptions;
import org.zvonok.compat.fpwcsapi.spi.AudioSwitches;
import org.zvonok.compat.fpwcsapi.spi.Backend;

/**
 * Where an app written for WCS enters Zvonok.
 *
 * <p>To replace {@code com.flashphoner.fpwcsapi} by {@code org.zvonok.compat.fpwcsapi} in sources
 * and layouts is all that such an app needs to compile; {@code docs/migrating-from-wcs.md} says
 * what behaves otherwise.
 */
public final class Flashphoner {
    private static Backend backend;

    private Flashphoner() {
    }

    /**
     * To be called before anything else, any number of times; only the first one counts.
     *
     * @param context any; the application's is kept
     */
    public static synchronized void init(Context context) {
        if (backend == null) {
            backend = new AndroidBackend(context);
        }
    }

    /**
     * A session; it does not connect yet.
     *
     * @param options where to connect to
     * @return a new one
     */
    public static Session createSession(SessionOptions options) {
        return new Session(options, getBackend());
    }

    /**
     * Where the sound of calls goes.
     *
     * @return always the same
     */
    public static AudioSwitches getAudioManager() {
        return getBackend().getAudioSwitches();
    }

    /**
     * Puts something else than Android's media and threads below the surface, as tests without a
     * device do; {@link #init} then leaves it there.
     *
     * @param other null: as if {@link #init} had not been called
     */
    public static synchronized void setBackend(Backend other) {
        backend = other;
    }

    private static synchronized Backend getBackend() {
        if (backend == null) {
            throw new IllegalStateException("call Flashphoner.init(context) first, in onCreate");
        }
        return backend;
    }
}
