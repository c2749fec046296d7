package org.onemalloc.objectfile.elf;

/**
 * An entry of DT_REL, DT_RELA or DT_JMPREL (gABI chapter 4, "Relocation").
 *
 * @param offset the address that it changes, before relocation
 * @param type the type, a number defined by the machine's ABI
 * @param symbolIndex the index into {@link ElfFile#dynamicSymbols()}; 0 for no symbol
 * @param addend the addend from a DT_RELA entry; 0 for DT_REL, where the place to be changed
 *     contains the addend
 * @param isJumpSlot whether the entry comes from DT_JMPREL, which the loader may resolve at the
 *     first call
 */
public record ElfRelocation(
    long offset, int type, int symbolIndex, long addend, boolean isJumpSlot) {}
