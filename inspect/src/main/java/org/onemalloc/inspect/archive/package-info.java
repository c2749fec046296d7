/**
 * Native files wherever they are: alone, in a directory, in a jar or zip file, in a jar inside a
 * jar. Nothing is unpacked to disk.
 */
package org.onemalloc.inspect.archive;
