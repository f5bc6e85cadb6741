/** Sessions, calls, and who is told of them. */
package org.zvonok.compat.fpwcsapi.session;
