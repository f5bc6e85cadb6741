/** Where calls are heard: routes, focus, mode and proximity. */
package org.zvonok.sdk.android.audio;
