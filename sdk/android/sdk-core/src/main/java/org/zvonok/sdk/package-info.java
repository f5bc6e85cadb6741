/**
 * Calls between an app and SIP, by a Zvonok gateway.
 *
 * <p>Begin with {@link org.zvonok.sdk.Session} and {@link org.zvonok.sdk.Call}. All methods may be
 * called on any thread and return at once. What happens is told to listeners, in order, by the
 * executor of the {@link org.zvonok.sdk.Platform}.
 *
 * <p>Inside: {@code SessionMachine} and {@code CallMachine} decide, on the scheduler's thread and
 * without locks; {@code Session} and {@code Call} hand wishes to them and show what they have
 * decided.
 */
package org.zvonok.sdk;
