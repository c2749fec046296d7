package org.onemalloc.objectfile.elf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.SmallObject.Function;
import org.onemalloc.objectfile.elf.SmallObject.Word;

/**
 * Makes a shared library through whose handle {@code dlsym} finds the process heap's {@code malloc}
 * and {@code free}, and all other symbols in its needed libraries.
 *
 * <p>The library replaces the {@code libsyslookup.so} of a JDK, whose handle finds symbols of libc
 * only: its {@code free} is glibc's, although {@code strdup} allocates from the allocator that was
 * preloaded or linked.
 */
/*
 * Design note. Each function is an STT_GNU_IFUNC: dlsym calls it and returns its result. The result
 * is a word of data in which the loader has stored the address of the function of the same name
 * (R_*_GLOB_DAT). A library that is opened by dlopen without RTLD_GLOBAL is last in the search
 * order for this name, after the program, the preloaded libraries, and all libraries that the
 * program needs. Therefore the word contains the address that every other part of the process
 * calls. The address that dlsym returns is that of the function itself: a call has no additional
 * cost, and dladdr names the allocator.
 *
 * If no other object defines a function, the loader fills the word from the IFUNC itself while the
 * word is still zero. Then dlsym returns null, which means that there is no such function.
 *
 * The library must not be preloaded or linked: the search would then find the library itself.
 *
 * Rejected: the allocator as the first needed library, which is correct only if it provides the
 * process's malloc, and a jump for each function, which dladdr would name.
 */
public final class ProcessLookup {
  /**
   * mov word(%rip), %rax; ret. The word lies one DISTANCE plus the length of all code after its
   * function.
   */
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
   * Returns whether a library of this kind can be made for a process.
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
   * Returns whether a file is such a library.
   *
   * @param file any ELF file
   * @return true if its malloc and free are IFUNCs, which no allocator has
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
   * @param needed the libraries that provide all other symbols, in search order: those of libc
   * @param functions the functions to take from the process
   * @return the file; the same bytes for the same arguments
   * @throws ObjectFileException if {@link #supports} returns false
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

  /**
   * Returns the code of one function as many times as given. The distance between a function and
   * its word is the same for all.
   */
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
