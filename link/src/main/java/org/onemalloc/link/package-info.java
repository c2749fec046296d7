/**
 * Makes the chosen allocator part of a final artifact: a Java image or a program that is already
 * built. {@link org.onemalloc.link.Link} is the entry point.
 */
package org.onemalloc.link;
