package org.zvonok.sdk;

/** One of the two halves of a call. */
public enum Leg {
    /** Between this device and the gateway. */
    WEB,
    /** Between the gateway and the other side. */
    SIP
}
