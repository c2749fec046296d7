/**
 * Finds the settings of allocators that suit a program best, by a race: all candidates run in
 * rounds, and those that are shown to be worse drop out.
 */
package org.onemalloc.compare.tune;
