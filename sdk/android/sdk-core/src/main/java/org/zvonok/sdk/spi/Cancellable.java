package org.zvonok.sdk.spi;

/** Something that is going to happen and can still be called off. */
public interface Cancellable {
    /** Calls it off; without effect when it has happened or was called off before. */
    void cancel();
}
