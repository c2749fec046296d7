package org.onemalloc.allocators;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;

/**
 * The page size that a jemalloc was built for, read from its code.
 *
 * <p>{@code pages_boot} (src/pages.c) asks {@code sysconf(_SC_PAGESIZE)}, compares the answer with
 * −1, and refuses to work where it is greater than the constant PAGE. Only this sequence as GCC
 * writes it is recognised; the size is given nowhere else in the file.
 */
public final class JemallocPages {
  private static final Pattern REFUSAL = Pattern.compile("<jemalloc>: Unsupported system page");

  /** cmp $-1,%rax; je; mov %rax,page(%rip); cmp $PAGE,%rax; ja. */
  private static final Pattern X86_64 =
      Pattern.compile(
          "\\x48\\x83\\xf8\\xff\\x0f\\x84.{4}\\x48\\x89\\x05.{4}\\x48\\x3d(.{4})\\x0f\\x87",
          Pattern.DOTALL);

  /** cmn x0,#1; b.eq; up to four instructions; cmp x0,#PAGE>>12,lsl #12; b.hi. */
  private static final Pattern AARCH64 =
      Pattern.compile(
          "\\x1f\\x04\\x00\\xb1.{3}\\x54(?:.{4}){0,4}?\\x1f(.)(.)\\xf1.{3}\\x54", Pattern.DOTALL);

  private JemallocPages() {}

  /**
   * Returns the largest system page that a jemalloc in this file supports.
   *
   * @param file any file
   * @return bytes, a power of two; empty if the file has no jemalloc, or the size is not recognised
   */
  public static OptionalLong largest(ElfFile file) {
    if (file.findInReadOnlyData(REFUSAL).isEmpty()) {
      return OptionalLong.empty();
    }
    if (file.machine().equals(ElfMachine.X86_64)) {
      return file.findInReadOnlyData(X86_64).map(JemallocPages::ofX86).orElse(OptionalLong.empty());
    }
    return file.machine().equals(ElfMachine.AARCH64)
        ? file.findInReadOnlyData(AARCH64).map(JemallocPages::ofArm).orElse(OptionalLong.empty())
        : OptionalLong.empty();
  }

  private static OptionalLong ofX86(String code) {
    byte[] bytes = group(X86_64, code, 1);
    return powerOfTwo(
        (bytes[0] & 0xffL)
            | (bytes[1] & 0xffL) << 8
            | (bytes[2] & 0xffL) << 16
            | (bytes[3] & 0xffL) << 24);
  }

  /** The immediate of {@code cmp} has 12 bits from bit 10 on, and bit 22 shifts it by 12. */
  private static OptionalLong ofArm(String code) {
    int low = group(AARCH64, code, 1)[0] & 0xff;
    int high = group(AARCH64, code, 2)[0] & 0xff;
    long immediate = low >> 2 | (high & 0x3f) << 6;
    boolean shifted = (high & 0x40) != 0;
    boolean ofX0 = (low & 3) == 0;
    return ofX0 ? powerOfTwo(shifted ? immediate << 12 : immediate) : OptionalLong.empty();
  }

  private static byte[] group(Pattern pattern, String code, int group) {
    Matcher matcher = pattern.matcher(code);
    if (!matcher.matches()) {
      throw new IllegalStateException("it was found and does not match");
    }
    return matcher.group(group).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static OptionalLong powerOfTwo(long size) {
    return Long.bitCount(size) == 1 && size >= 4096 ? OptionalLong.of(size) : OptionalLong.empty();
  }
}
