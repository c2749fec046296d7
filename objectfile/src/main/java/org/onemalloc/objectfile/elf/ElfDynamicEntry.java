package org.onemalloc.objectfile.elf;

/**
 * An entry of the dynamic section (gABI chapter 5, "Dynamic Section").
 *
 * @param tag {@code d_tag}, zero-extended: 1 is DT_NEEDED, 14 DT_SONAME, 15 DT_RPATH, 29 DT_RUNPATH
 * @param value {@code d_val} or {@code d_ptr}, zero-extended
 */
public record ElfDynamicEntry(long tag, long value) {}
