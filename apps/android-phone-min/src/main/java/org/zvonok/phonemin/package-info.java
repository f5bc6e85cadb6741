/** The smallest phone: one screen on the SDK. */
package org.zvonok.phonemin;
