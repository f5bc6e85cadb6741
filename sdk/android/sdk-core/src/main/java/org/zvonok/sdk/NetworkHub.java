package org.zvonok.sdk;

import java.util.LinkedHashSet;
import java.util.Set;
import org.zvonok.sdk.spi.NetworkWatcher;
import org.zvonok.sdk.spi.Scheduler;

/**
 * One watcher for all sessions: it runs while one of them is open. Who asks is told when the
 * network is another one; what the watcher says first is the network that sessions are in already.
 * Only on the scheduler's thread.
 */
final class NetworkHub implements NetworkWatcher.Listener {
    private final NetworkWatcher watcher;
    private final Scheduler scheduler;
    private final Set<Runnable> asking = new LinkedHashSet<>();
    private boolean known;
    private boolean available;
    private String name = "";

    /** `watcher` may be null: then nobody is ever told. */
    NetworkHub(NetworkWatcher watcher, Scheduler scheduler) {
        this.watcher = watcher;
        this.scheduler = scheduler;
    }

    void watch(Runnable changed) {
        boolean first = asking.isEmpty();
        asking.add(changed);
        if (first && watcher != null) {
            known = false;
            watcher.start(this);
        }
    }

    void unwatch(Runnable changed) {
        if (asking.remove(changed) && asking.isEmpty() && watcher != null) {
            watcher.stop();
        }
    }

    @Override
    public void onNetwork(boolean isAvailable, String newName) {
        scheduler.execute(() -> take(isAvailable, Texts.orEmpty(newName)));
    }

    private void take(boolean isAvailable, String newName) {
        boolean isOther = known && isAvailable && !(available && newName.equals(name));
        known = true;
        available = isAvailable;
        name = newName;
        if (isOther) {
            for (Runnable changed : new LinkedHashSet<>(asking)) {
                changed.run();
            }
        }
    }
}
