package org.onemalloc.objectfile.elf;

/**
 * An entry of DT_REL, DT_RELA or DT_JMPREL (gABI chapter 4, "Relocation").
 *
 * @param offset the address it changes, before relocation
 * @param type the machine's number for what to compute
 * @param symbolIndex index into {@link ElfFile#dynamicSymbols()}; 0 for none
 * @param addend the number added: from the entry for DT_RELA, 0 for DT_REL, where it stands in the
 *     place to be changed
 * @param isJumpSlot whether it comes from DT_JMPREL, which the loader may resolve at the first call
 */
public record ElfRelocation(
    long offset, int type, int symbolIndex, long addend, boolean isJumpSlot) {}
