/** The surface of the WCS Android SDK. */
package org.zvonok.compat.fpwcsapi;
