/**
 * Reads and edits ELF files byte by byte.
 *
 * <p>Start with {@link org.onemalloc.objectfile.elf.ElfFile}, the reader. The editors are {@link
 * org.onemalloc.objectfile.elf.NeededLibraries}, {@link org.onemalloc.objectfile.elf.AliasSymbols},
 * {@link org.onemalloc.objectfile.elf.InitialExecTls} and {@link
 * org.onemalloc.objectfile.elf.InitialData}; {@link org.onemalloc.objectfile.elf.StubObject} writes
 * a library without code. This package imports its parent package only.
 *
 * <p>Null arguments to any method of this package throw {@link NullPointerException}. Every class
 * is immutable unless its documentation says otherwise.
 */
package org.onemalloc.objectfile.elf;
