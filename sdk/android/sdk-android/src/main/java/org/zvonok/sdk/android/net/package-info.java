/** Which network is in use. */
package org.zvonok.sdk.android.net;
