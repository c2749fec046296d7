/**
 * Commands that start the command which their own arguments name, such as env(1) and nice(1): what
 * they start, and whether it gets their environment.
 *
 * <p>Null arguments throw {@link NullPointerException}. Everything is immutable.
 */
package org.onemalloc.compare.command;
