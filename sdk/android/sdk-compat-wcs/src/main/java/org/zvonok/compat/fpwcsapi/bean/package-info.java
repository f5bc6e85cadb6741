/** What travels between client and server. */
package org.zvonok.compat.fpwcsapi.bean;
