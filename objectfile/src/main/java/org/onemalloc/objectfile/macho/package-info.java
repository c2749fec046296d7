/**
 * Reads Mach-O files of macOS and related systems as dyld does: load commands, imports and exports.
 */
package org.onemalloc.objectfile.macho;
