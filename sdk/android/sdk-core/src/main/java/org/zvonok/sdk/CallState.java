package org.zvonok.sdk;

/**
 * Where a call is.
 *
 * <pre>
 * outgoing:  NEW ─► CONNECTING ─► RINGING ─► ACTIVE ◄─► HELD         any ─► ENDED
 * incoming:  RINGING ─► CONNECTING (after answer) ─► ACTIVE ◄─► HELD
 * </pre>
 */
public enum CallState {
    /** Made, and not begun. */
    NEW,
    /** On its way to the far end, or answered here and not confirmed yet. */
    CONNECTING,
    /** It rings: there, or here. */
    RINGING,
    /** Both sides talk. */
    ACTIVE,
    /** Answered, and put aside by one of the sides. */
    HELD,
    /** Over; {@link Call#getEnd} says why. */
    ENDED
}
