/** Sessions and calls, without anything of Android. */
package org.zvonok.sdk;
