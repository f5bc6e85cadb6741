/**
 * What the core needs of its surroundings: media, sockets, a clock, the network and the audio
 * device. {@code sdk-android} brings all of it for Android; tests bring their own.
 */
package org.zvonok.sdk.spi;
