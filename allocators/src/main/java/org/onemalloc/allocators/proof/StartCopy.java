package org.onemalloc.allocators.proof;

import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;

/**
 * Makes copies of programs that end at their first own instruction.
 *
 * <p>The first instruction ({@code e_entry}) is replaced by a call of {@code exit_group(0)}. So the
 * kernel maps the copy, the loader loads and relocates everything, and the constructors of its
 * libraries run, the allocator's among them; nothing of the program itself does.
 */
/*
 * Design note. LD_TRACE_LOADED_OBJECTS, which the binding proof uses, maps and relocates but runs
 * no constructor, and the kernel never sees the program headers if the loader opens the file.
 * Rejected: ptrace (needs rights that containers do not give), and starting the program itself (its
 * effects without arguments are unknown).
 */
public final class StartCopy {
  /**
   * exit_group(0) by Linux's system call numbers: 231 on x86-64, 94 on aarch64. The latter begins
   * with {@code bti c}, because the loader of a program with branch protection may only jump to
   * such an instruction (Arm ARM, "FEAT_BTI"; other processors take it for a nop).
   */
  private static final Map<ElfMachine, byte[]> EXIT =
      Map.of(
          ElfMachine.X86_64, HexFormat.of().parseHex("b8e700000031ff0f05"),
          ElfMachine.AARCH64, HexFormat.of().parseHex("5f2403d5c80b8052000080d2010000d4"));

  private StartCopy() {}

  /**
   * Returns the content of such a copy.
   *
   * @param program an executable
   * @return the bytes of the copy; empty if the processor is neither x86-64 nor aarch64
   */
  public static Optional<byte[]> of(ElfFile program) {
    byte[] exit = program.is64Bit() ? EXIT.get(program.machine()) : null;
    return exit == null
        ? Optional.empty()
        : Optional.of(program.withBytesAt(program.entry(), exit));
  }
}
