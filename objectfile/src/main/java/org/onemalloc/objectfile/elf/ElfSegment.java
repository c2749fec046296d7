package org.onemalloc.objectfile.elf;

/**
 * A program header (gABI chapter 5, "Program Header").
 *
 * @param type {@code p_type}: 1 is PT_LOAD, 2 PT_DYNAMIC, 3 PT_INTERP, 4 PT_NOTE, 7 PT_TLS
 * @param flags {@code p_flags}: 1 executable, 2 writable, 4 readable
 * @param offset the file offset of its first byte
 * @param virtualAddress the address of its first byte, before relocation; unsigned
 * @param fileSize the number of bytes in the file
 * @param memorySize the number of bytes in memory, unsigned; those past {@code fileSize} are zero
 * @param alignment {@code p_align} in bytes: 0 or 1 for none, else a power of two in well-formed
 *     files
 */
public record ElfSegment(
    int type,
    int flags,
    long offset,
    long virtualAddress,
    long fileSize,
    long memorySize,
    long alignment) {

  static ElfSegment parse(ElfBytes bytes, int at) {
    if (bytes.is64Bit()) {
      return new ElfSegment(
          bytes.i32(at),
          bytes.i32(at + 4),
          bytes.i64(at + 8),
          bytes.i64(at + 16),
          bytes.i64(at + 32),
          bytes.i64(at + 40),
          bytes.i64(at + 48));
    }
    return new ElfSegment(
        bytes.i32(at),
        bytes.i32(at + 24),
        bytes.u32(at + 4),
        bytes.u32(at + 8),
        bytes.u32(at + 16),
        bytes.u32(at + 20),
        bytes.u32(at + 28));
  }

  /** Writes this header at {@code at}; the physical address becomes the virtual one. */
  void write(ElfBytes bytes, int at) {
    bytes.putU32(at, type);
    if (bytes.is64Bit()) {
      bytes.putU32(at + 4, flags);
      bytes.putI64(at + 8, offset);
      bytes.putI64(at + 16, virtualAddress);
      bytes.putI64(at + 24, virtualAddress);
      bytes.putI64(at + 32, fileSize);
      bytes.putI64(at + 40, memorySize);
      bytes.putI64(at + 48, alignment);
      return;
    }
    bytes.putU32(at + 4, offset);
    bytes.putU32(at + 8, virtualAddress);
    bytes.putU32(at + 12, virtualAddress);
    bytes.putU32(at + 16, fileSize);
    bytes.putU32(at + 20, memorySize);
    bytes.putU32(at + 24, flags);
    bytes.putU32(at + 28, alignment);
  }

  /** Returns whether the segment is mapped into memory (PT_LOAD). */
  public boolean isLoad() {
    return type == Elf.PT_LOAD;
  }

  /** Returns whether the program may write to the segment. */
  public boolean isWritable() {
    return (flags & Elf.PF_W) != 0;
  }

  /** Returns whether the program may execute the segment. */
  public boolean isExecutable() {
    return (flags & Elf.PF_X) != 0;
  }

  /** Returns the first address past the segment, unsigned. */
  public long endAddress() {
    return virtualAddress + memorySize;
  }

  /** Returns the first file offset past the segment. */
  public long endOffset() {
    return offset + fileSize;
  }

  ElfSegment withOffset(long newOffset) {
    return new ElfSegment(type, flags, newOffset, virtualAddress, fileSize, memorySize, alignment);
  }

  ElfSegment withSizes(long newFileSize, long newMemorySize) {
    return new ElfSegment(
        type, flags, offset, virtualAddress, newFileSize, newMemorySize, alignment);
  }

  /** Returns a header that describes a placed block instead. */
  ElfSegment at(ElfBlock block) {
    return new ElfSegment(
        type, flags, block.offset(), block.address(), block.size(), block.size(), alignment);
  }
}
