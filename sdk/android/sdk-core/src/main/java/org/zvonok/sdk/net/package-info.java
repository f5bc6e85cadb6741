/**
 * The default edges of the core on any Java platform: a WebSocket client and a thread with a clock.
 * They decide nothing.
 */
package org.zvonok.sdk.net;
