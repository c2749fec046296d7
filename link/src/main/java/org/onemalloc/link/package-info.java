/**
 * Makes the chosen allocator part of a final artifact: a Java image or a program that is already
 * built. {@link org.onemalloc.link.Link} is the door.
 */
package org.onemalloc.link;
