/** Where pictures are shown. */
package org.zvonok.compat.fpwcsapi.layout;
