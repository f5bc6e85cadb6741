/** A phone in the JVM, for tests. */
package org.zvonok.testkit;
