/**
 * Stand-ins for everything that the core needs of its surroundings, under a clock that stands still
 * until it is moved. For tests of the core and of apps; the test-jar of {@code sdk-core} carries
 * them.
 */
package org.zvonok.sdk.test;
