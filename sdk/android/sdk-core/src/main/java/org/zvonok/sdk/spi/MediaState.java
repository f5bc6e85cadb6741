package org.zvonok.sdk.spi;

/** How the connection of a call's media is; the names are those of WebRTC's peer connection. */
public enum MediaState {
    /** Nothing has been tried. */
    NEW,
    /** A path is being looked for. */
    CONNECTING,
    /** Sound can flow. */
    CONNECTED,
    /** The path is interrupted and may come back by itself. */
    DISCONNECTED,
    /** There is no path; a new offer may find one. */
    FAILED,
    /** It was closed. */
    CLOSED
}
