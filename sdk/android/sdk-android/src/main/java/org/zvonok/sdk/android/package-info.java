/** What the SDK needs of Android: media, audio, service, network. */
package org.zvonok.sdk.android;
