package org.onemalloc.allocators;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * The version of a mimalloc, read from the code of its function {@code mi_version}, which only
 * returns a constant (mimalloc include/mimalloc.h, MI_MALLOC_VERSION). Releases before 2.1 have no
 * string of it.
 */
final class MimallocVersion {
  private static final int ENDBR64 = 0xfa1e0ff3;
  private static final int BTI_C = 0xd503245f;
  private static final int MOV_W0 = 0x52800000;
  private static final int MOV_W0_MASK = 0xffe0001f;
  private static final int RET = 0xd65f03c0;

  private MimallocVersion() {}

  /** Returns the version, if the function is exactly "return a constant". */
  static Optional<String> of(ElfFile file) {
    List<ElfSymbol> symbols = file.exportsOf("mi_version");
    if (symbols.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] bytes = file.bytesAt(symbols.getFirst().value(), 16);
      ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int constant =
          file.machine().equals(ElfMachine.X86_64)
              ? constantOnX86(code)
              : file.machine().equals(ElfMachine.AARCH64) ? constantOnAarch64(code) : 0;
      return constant > 0 ? Optional.of(text(constant)) : Optional.empty();
    } catch (ObjectFileException e) {
      return Optional.empty();
    }
  }

  /** {@code mov $constant,%eax; ret}. */
  private static int constantOnX86(ByteBuffer code) {
    int at = code.getInt(0) == ENDBR64 ? 4 : 0;
    boolean known = code.get(at) == (byte) 0xb8 && code.get(at + 5) == (byte) 0xc3;
    return known ? code.getInt(at + 1) : 0;
  }

  /** {@code mov w0, #constant; ret}. */
  private static int constantOnAarch64(ByteBuffer code) {
    int at = code.getInt(0) == BTI_C ? 4 : 0;
    int move = code.getInt(at);
    boolean known = (move & MOV_W0_MASK) == MOV_W0 && code.getInt(at + 4) == RET;
    return known ? move >>> 5 & 0xffff : 0;
  }

  /** One digit a part up to 2.1 (209 is 2.0.9), two from 2.2 and 3.0 on (30500 is 3.5.0). */
  static String text(int constant) {
    int base = constant < 1000 ? 10 : 100;
    return constant / base / base + "." + constant / base % base + "." + constant % base;
  }
}
