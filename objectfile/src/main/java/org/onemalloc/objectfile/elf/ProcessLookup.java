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
 * is a word of data in which the loader has stored the address of the function of the same name. A
 * library that is opened by dlopen without RTLD_GLOBAL is last in the search order for this name,
 * after the program, the preloaded libraries, and all libraries that the program needs. Therefore
 * the word contains the address that every other part of the process calls. The address that dlsym
 * returns is that of the function itself: a call has no additional cost, and dladdr names the
 * allocator.
 *
 * An allocator may lack a function, as jemalloc 5.3 lacks pvalloc. The word then leads to libc,
 * whose block the allocator's free does not know. Therefore the result is null, which means that
 * there is no such function, if the function is libc's and malloc is not (dladdr of both, and of a
 * function that only libc defines). dladdr takes the loader's lock, which dlsym holds already and
 * the same thread may take again. In case of doubt the function is found.
 *
 * The relocations are R_*_JUMP_SLOT. With R_*_GLOB_DAT, an executable of fixed address that takes
 * the address of malloc would give the address of its own PLT entry (gABI, "Function Addresses"),
 * and dladdr would name the executable.
 *
 * If no other object defines a function, the loader fills the word from the IFUNC itself while the
 * word is still zero. Then dlsym returns null too.
 *
 * The library must not be preloaded or linked: the search would then find the library itself.
 *
 * Rejected: the allocator as the first needed library, which is correct only if it provides the
 * process's malloc; a jump for each function, which dladdr would name; and a pvalloc of this
 * library's own, built on memalign, because nobody needs it.
 */
public final class ProcessLookup {
  /** One function: passes the word of data to the code behind all functions. */
  private static final MachineCode X86_64 =
      new MachineCode(
          """
          48 8b 3d 00 00 00 00 | mov word(%rip), %rdi
          e9 00 00 00 00       | {disp32} jmp check
          cc cc cc cc          | .balign 8, 0xcc
          """);

  private static final MachineCode AARCH64 =
      new MachineCode(
          """
          00 00 00 58 | ldr x0, word
          00 00 00 14 | b check
          """);

  /** Returns the function, or null if it is libc's and malloc is not. */
  private static final MachineCode CHECK_X86_64 =
      new MachineCode(
          """
                                     | check:
          48 83 ec 48                | sub $72, %rsp
          48 89 7c 24 40             | mov %rdi, 64(%rsp)
          48 85 ff                   | test %rdi, %rdi
          74 4c                      | je end
          48 89 e6                   | mov %rsp, %rsi
          ff 15 51 00 01 00          | call *dladdr(%rip)
          48 8b 3d 5a 00 01 00       | mov libc(%rip), %rdi
          48 8d 74 24 20             | lea 32(%rsp), %rsi
          ff 15 3f 00 01 00          | call *dladdr(%rip)
          48 8b 44 24 08             | mov 8(%rsp), %rax
          48 39 44 24 28             | cmp %rax, 40(%rsp)
          75 25                      | jne end
          48 8b 3d 34 00 01 00       | mov heap(%rip), %rdi
          48 89 e6                   | mov %rsp, %rsi
          ff 15 23 00 01 00          | call *dladdr(%rip)
          48 8b 44 24 08             | mov 8(%rsp), %rax
          48 39 44 24 28             | cmp %rax, 40(%rsp)
          74 09                      | je end
          48 c7 44 24 40 00 00 00 00 | movq $0, 64(%rsp)
                                     | end:
          48 8b 44 24 40             | mov 64(%rsp), %rax
          48 83 c4 48                | add $72, %rsp
          c3                         | ret
          cc cc cc cc                | .balign 8, 0xcc
          """);

  private static final MachineCode CHECK_AARCH64 =
      new MachineCode(
          """
                      | check:
          fd 7b ba a9 | stp x29, x30, [sp, #-96]!
          fd 03 00 91 | mov x29, sp
          e0 0b 00 f9 | str x0, [sp, #16]
          a0 02 00 b4 | cbz x0, end
          e1 83 00 91 | add x1, sp, #32
          f0 02 08 58 | ldr x16, dladdr
          00 02 3f d6 | blr x16
          20 03 08 58 | ldr x0, libc
          e1 03 01 91 | add x1, sp, #64
          70 02 08 58 | ldr x16, dladdr
          00 02 3f d6 | blr x16
          e0 17 40 f9 | ldr x0, [sp, #40]
          e1 27 40 f9 | ldr x1, [sp, #72]
          1f 00 01 eb | cmp x0, x1
          41 01 00 54 | b.ne end
          e0 01 08 58 | ldr x0, heap
          e1 83 00 91 | add x1, sp, #32
          70 01 08 58 | ldr x16, dladdr
          00 02 3f d6 | blr x16
          e0 17 40 f9 | ldr x0, [sp, #40]
          e1 27 40 f9 | ldr x1, [sp, #72]
          1f 00 01 eb | cmp x0, x1
          40 00 00 54 | b.eq end
          ff 0b 00 f9 | str xzr, [sp, #16]
                      | end:
          e0 0b 40 f9 | ldr x0, [sp, #16]
          fd 7b c6 a8 | ldp x29, x30, [sp], #96
          c0 03 5f d6 | ret
          1f 20 03 d5 | .balign 8
          """);

  /** The words of data before those of the functions, which the check reads. */
  private static final List<Word> CHECKED =
      List.of(
          new Word.Function("dladdr"),
          new Word.Function("malloc"),
          new Word.Function("gnu_get_libc_version"));

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
    int size = one(model).bytes().length;
    List<Function> choosers = new ArrayList<>();
    List<Word> words = new ArrayList<>(CHECKED);
    for (String name : functions) {
      choosers.add(new Function(name, true, choosers.size() * size));
      words.add(new Word.Function(name));
    }
    byte[] code = code(model, functions.size());
    return new SmallObject(model, soname, needed, choosers, code, /* constant */ true, words)
        .content();
  }

  /** Returns the code: one function as many times as given, and the check. */
  static byte[] code(ElfFile model, int functions) {
    byte[] one = one(model).bytes();
    byte[] check = check(model).bytes();
    int checkAt = functions * one.length;
    int end = checkAt + check.length;
    ByteBuffer code = ByteBuffer.allocate(end).order(model.byteOrder());
    for (int i = 0; i < functions; i++) {
      int at = i * one.length;
      int word = end + SmallObject.DISTANCE + 8 * (CHECKED.size() + i);
      code.put(one);
      if (model.machine().equals(ElfMachine.X86_64)) {
        code.putInt(at + 3, word - (at + 7)); // from the end of the instruction
        code.putInt(at + 8, checkAt - (at + 12));
      } else {
        code.putInt(at, code.getInt(at) | (((word - at) / 4) << 5)); // LDR (literal), imm19
        code.putInt(at + 4, code.getInt(at + 4) | (checkAt - (at + 4)) / 4); // B, imm26
      }
    }
    return code.put(check).array();
  }

  static MachineCode one(ElfFile model) {
    return MachineCode.of(model, X86_64, AARCH64);
  }

  static MachineCode check(ElfFile model) {
    return MachineCode.of(model, CHECK_X86_64, CHECK_AARCH64);
  }
}
