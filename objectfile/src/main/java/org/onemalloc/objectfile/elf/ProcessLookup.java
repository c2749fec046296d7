package org.onemalloc.objectfile.elf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.SmallObject.Function;
import org.onemalloc.objectfile.elf.SmallObject.Word;

/**
 * Makes a shared library in whose handle {@code dlsym} finds the {@code malloc} and {@code free} of
 * the process, whichever those are, and everything else in the libraries that it needs.
 *
 * <p>It takes the place of a JDK's {@code libsyslookup.so}, whose handle leads to libc alone:
 * there, {@code free} is glibc's, although {@code strdup} allocates from the allocator that was
 * preloaded or linked.
 */
/*
 * Design note. Each function is an STT_GNU_IFUNC: dlsym calls it, and gives what it returns. It returns
 * a word of data that the loader has filled in with the address of the function of the same name
 * (R_*_GLOB_DAT). A library that is opened by dlopen without RTLD_GLOBAL comes last in the search for
 * it, behind the program, what is preloaded, and all that the program needs; so the word holds what
 * every other part of the process calls. The address that dlsym gives is that function's own: a call
 * costs nothing more, and dladdr names the allocator.
 *
 * Where nobody else defines a function, the word is filled in from the IFUNC itself while it is still
 * zero: dlsym gives null, which says that there is none.
 *
 * It must not be preloaded or linked: then it would be found in the search, and lead to itself.
 *
 * Rejected: the allocator as the first needed library, which is right only if it is the one whose malloc
 * the process has, and a jump for each function, which dladdr would name.
 */
public final class ProcessLookup {
  /** mov word(%rip), %rax; ret. A word comes one DISTANCE and all code after its function. */
  private static final MachineCode X86_64 =
      new MachineCode(
          """
          48 8b 05 00 00 00 00 | mov word(%rip), %rax
          c3                   | ret
          """);

  private static final MachineCode AARCH64 =
      new MachineCode(
          """
          00 00 00 58 | ldr x0, word
          c0 03 5f d6 | ret
          """);

  private static final int FUNCTION_SIZE = 8;

  private ProcessLookup() {}

  /**
   * Whether a library of this kind can be made for a process.
   *
   * @param model an ELF file of the process
   * @return true for x86-64 and aarch64, 64-bit and little-endian
   */
  public static boolean supports(ElfFile model) {
    return model.is64Bit()
        && model.byteOrder() == java.nio.ByteOrder.LITTLE_ENDIAN
        && (model.machine().equals(ElfMachine.X86_64)
            || model.machine().equals(ElfMachine.AARCH64));
  }

  /**
   * Whether a file is such a library.
   *
   * @param file any ELF file
   * @return true if its malloc is chosen by code of its own, which no allocator's is
   */
  public static boolean isOne(ElfFile file) {
    return file.exportsOf("malloc").stream().anyMatch(s -> s.type() == ElfSymbol.Type.IFUNC)
        && file.exportsOf("free").stream().anyMatch(s -> s.type() == ElfSymbol.Type.IFUNC);
  }

  static void requireSupport(ElfFile model) {
    if (!supports(model)) {
      throw new ObjectFileException(
          "No library for Java's default lookup can be made for %s: it has code for x86-64 and aarch64 alone."
              .formatted(model.machine().name()));
    }
  }

  /**
   * Makes the library.
   *
   * @param model an ELF file of the same process: machine, class, byte order and flags are taken
   *     from it
   * @param soname its DT_SONAME
   * @param needed where everything else is found, in search order: libraries of libc
   * @param functions the functions that are those of the process
   * @return the file; the same bytes for the same arguments
   * @throws ObjectFileException if {@link #supports} says no
   */
  public static byte[] create(
      ElfFile model, String soname, List<String> needed, List<String> functions) {
    requireSupport(model);
    List<Function> choosers = new ArrayList<>();
    List<Word> words = new ArrayList<>();
    for (String name : functions) {
      choosers.add(new Function(name, true, choosers.size() * FUNCTION_SIZE));
      words.add(new Word.Function(name));
    }
    byte[] code = code(model, functions.size());
    return new SmallObject(model, soname, needed, choosers, code, /* constant */ true, words)
        .content();
  }

  /** The code of one function, that many times: each has its word at the same distance. */
  static byte[] code(ElfFile model, int functions) {
    int distance = functions * FUNCTION_SIZE + SmallObject.DISTANCE;
    byte[] one = one(model).bytes();
    ByteBuffer function = ByteBuffer.wrap(one).order(model.byteOrder());
    if (model.machine().equals(ElfMachine.X86_64)) {
      function.putInt(3, distance - 7); // from the end of the instruction
    } else {
      function.putInt(0, function.getInt(0) | (distance / 4) << 5); // LDR (literal), imm19
    }
    ByteBuffer all = ByteBuffer.allocate(functions * FUNCTION_SIZE);
    for (int i = 0; i < functions; i++) {
      all.put(one);
    }
    return all.array();
  }

  static MachineCode one(ElfFile model) {
    return model.machine().equals(ElfMachine.X86_64) ? X86_64 : AARCH64;
  }
}
