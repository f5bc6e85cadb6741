/**
 * The media engine on libwebrtc: what is decided, apart from what calls into the native library.
 */
package org.zvonok.sdk.android.webrtc;
