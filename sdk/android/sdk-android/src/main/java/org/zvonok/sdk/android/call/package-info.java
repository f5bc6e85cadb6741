/** What keeps a call alive while the app is not seen: a foreground service and its notification. */
package org.zvonok.sdk.android.call;
