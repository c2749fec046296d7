/**
 * Processes of Linux as the kernel shows them: started, replaced, waited for, counted and ended.
 *
 * <p>Nothing here knows of allocators or of comparisons. {@link Posix} makes the calls that Java
 * has no way to make; the others read /proc.
 */
package org.onemalloc.compare.process;
