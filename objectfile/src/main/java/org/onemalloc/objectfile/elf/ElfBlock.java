package org.onemalloc.objectfile.elf;

/** Bytes to be added to an ELF file, and the place that {@link ElfEditor} assigns to them. */
final class ElfBlock {
  private final byte[] content;
  private final int alignment;
  private long address;
  private long offset;

  ElfBlock(byte[] content, int alignment) {
    this.content = content;
    this.alignment = alignment;
  }

  byte[] content() {
    return content;
  }

  int size() {
    return content.length;
  }

  long address() {
    return address;
  }

  long offset() {
    return offset;
  }

  /** Assigns a place, given the first free address and its offset; returns the address past it. */
  long lay(long free, long freeOffset) {
    address = ElfBytes.alignUp(free, alignment);
    offset = freeOffset + (address - free);
    return address + size();
  }

  /** Returns the address past the block if it were laid from a free address on. */
  long endFrom(long free) {
    return ElfBytes.alignUp(free, alignment) + size();
  }
}
