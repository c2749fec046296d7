/**
 * Mach-O files of macOS and its relatives, read as dyld reads them: load commands, what is bound,
 * what is exported. Read only.
 */
package org.onemalloc.objectfile.macho;
