/**
 * Asks the real loader what a program's calls to the malloc family bind to, before the program
 * runs.
 *
 * <p>Null arguments throw {@link NullPointerException}. Everything is immutable.
 */
package org.onemalloc.allocators.proof;
