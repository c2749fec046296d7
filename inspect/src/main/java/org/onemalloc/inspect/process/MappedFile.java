package org.onemalloc.inspect.process;

/**
 * A file whose code a process mapped.
 *
 * @param name as the process named it
 * @param device the file system, as {@code st_dev} of stat(2)
 * @param inode the file's number there
 */
public record MappedFile(String name, long device, long inode) {}
