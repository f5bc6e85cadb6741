/** What the surface stands on, and how tests put something else there. Not part of WCS. */
package org.zvonok.compat.fpwcsapi.spi;
