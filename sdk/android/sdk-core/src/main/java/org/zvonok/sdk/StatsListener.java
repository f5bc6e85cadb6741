package org.zvonok.sdk;

/** Gets what {@link Call#getStats} has measured. */
public interface StatsListener {
    /**
     * The figures.
     *
     * @param call whose
     * @param stats the figures; null when the call has no media, or the engine did not answer
     */
    void onStats(Call call, MediaStats stats);
}
