package org.onemalloc.objectfile.elf;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Whether two files come from one run of a linker, of which a tool changed one or both later.
 *
 * <p>They do if they have the same build ID (NT_GNU_BUILD_ID, ld(1), "--build-id"), which such
 * tools keep. If one has none, the code decides, which tools that edit or strip a file keep too.
 */
public final class BuildIdentity {
  private static final int NT_GNU_BUILD_ID = 3;

  private static final String OWNER = "GNU\0";

  private BuildIdentity() {}

  /**
   * Compares two files.
   *
   * @param one an ELF file
   * @param other another one
   * @return true if they come from one run of a linker
   */
  public static boolean areSame(ElfFile one, ElfFile other) {
    Optional<byte[]> id = buildId(one);
    Optional<byte[]> otherId = buildId(other);
    if (id.isPresent() && otherId.isPresent()) {
      return Arrays.equals(id.get(), otherId.get());
    }
    List<byte[]> code = code(one);
    List<byte[]> otherCode = code(other);
    boolean same = code.size() == otherCode.size() && !code.isEmpty();
    for (int i = 0; same && i < code.size(); i++) {
      same = Arrays.equals(code.get(i), otherCode.get(i));
    }
    return same;
  }

  private static Optional<byte[]> buildId(ElfFile file) {
    ElfBytes bytes = file.header().bytes();
    for (ElfSegment segment : file.segments()) {
      if (segment.type() != Elf.PT_NOTE) {
        continue;
      }
      long end = Math.min(segment.endOffset(), bytes.array().length) - 16;
      for (long at = segment.offset(); at <= end; at += 4) {
        int length = bytes.i32(at + 4);
        if (bytes.i32(at) == 4
            && bytes.i32(at + 8) == NT_GNU_BUILD_ID
            && bytes.text((int) at + 12, (int) at + 16).equals(OWNER)
            && length > 0
            && length <= end - at) {
          int start = Math.toIntExact(at + 16);
          return Optional.of(Arrays.copyOfRange(bytes.array(), start, start + length));
        }
      }
    }
    return Optional.empty();
  }

  private static List<byte[]> code(ElfFile file) {
    byte[] content = file.header().bytes().array();
    return file.segments().stream()
        .filter(segment -> segment.isLoad() && segment.isExecutable())
        .filter(segment -> segment.endOffset() <= content.length)
        .map(s -> Arrays.copyOfRange(content, (int) s.offset(), (int) s.endOffset()))
        .toList();
  }
}
