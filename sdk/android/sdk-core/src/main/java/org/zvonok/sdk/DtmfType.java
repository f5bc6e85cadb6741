package org.zvonok.sdk;

/** How digits travel to the far end. */
public enum DtmfType {
    /** As the gateway finds best: within the sound where the far end can, else by SIP INFO. */
    AUTO,
    /** Packets within the sound, RFC 4733 (once RFC 2833). */
    RFC2833,
    /** SIP INFO with {@code application/dtmf}. */
    INFO,
    /** SIP INFO with {@code application/dtmf-relay}. */
    INFO_RELAY
}
