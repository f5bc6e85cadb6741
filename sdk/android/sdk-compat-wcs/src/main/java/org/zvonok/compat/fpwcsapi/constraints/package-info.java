/** Which media a call is made with. */
package org.zvonok.compat.fpwcsapi.constraints;
