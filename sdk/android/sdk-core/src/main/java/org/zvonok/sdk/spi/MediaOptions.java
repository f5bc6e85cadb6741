package org.zvonok.sdk.spi;

/**
 * What an engine wants to know of a call beside sound and picture, such as where to show the
 * picture. The core hands it through unread; each engine has a class of its own.
 */
public interface MediaOptions {
}
