package org.onemalloc.objectfile.elf;

import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.SmallObject.Function;
import org.onemalloc.objectfile.elf.SmallObject.Word;

/**
 * Makes a shared library that, when preloaded, allocates blocks before the program starts: for each
 * power of two from 16 bytes to 32 MB a block, which is written to, doubled by {@code realloc}, and
 * freed. It shows that the malloc of a process works, together with all functions that it calls for
 * these blocks.
 */
public final class AllocationTrial {
  private static final MachineCode X86_64 =
      new MachineCode(
          """
                                 | allocate:
          53                     | push %rbx
          bb 10 00 00 00         | mov $16, %ebx
                                 | next:
          48 89 df               | mov %rbx, %rdi
          ff 15 31 00 01 00      | call *malloc(%rip)
          48 85 c0               | test %rax, %rax
          74 19                  | je after
          c6 00 01               | movb $1, (%rax)
          48 89 c7               | mov %rax, %rdi
          48 8d 34 1b            | lea (%rbx, %rbx), %rsi
          ff 15 24 00 01 00      | call *realloc(%rip)
          48 89 c7               | mov %rax, %rdi
          ff 15 23 00 01 00      | call *free(%rip)
                                 | after:
          48 d1 e3               | shl %rbx
          48 81 fb 00 00 00 02   | cmp $0x2000000, %rbx
          76 cd                  | jbe next
          5b                     | pop %rbx
          c3                     | ret
          cc cc cc cc cc         | .balign 8, 0xcc
          """);

  private static final MachineCode AARCH64 =
      new MachineCode(
          """
                                 | allocate:
          fd 7b be a9            | stp x29, x30, [sp, #-32]!
          fd 03 00 91            | mov x29, sp
          f3 0b 00 f9            | str x19, [sp, #16]
          13 02 80 d2            | mov x19, #16
                                 | next:
          e0 03 13 aa            | mov x0, x19
          f0 01 08 58            | ldr x16, malloc
          00 02 3f d6            | blr x16
          e0 00 00 b4            | cbz x0, after
          13 00 00 39            | strb w19, [x0]
          61 fa 7f d3            | lsl x1, x19, #1
          90 01 08 58            | ldr x16, realloc
          00 02 3f d6            | blr x16
          90 01 08 58            | ldr x16, free
          00 02 3f d6            | blr x16
                                 | after:
          73 fa 7f d3            | lsl x19, x19, #1
          b3 fe d7 36            | tbz x19, #26, next
          f3 0b 40 f9            | ldr x19, [sp, #16]
          fd 7b c2 a8            | ldp x29, x30, [sp], #32
          c0 03 5f d6            | ret
          1f 20 03 d5            | nop
          """);

  private AllocationTrial() {}

  /**
   * Makes the library.
   *
   * @param model an ELF file of the same process: machine, class, byte order and flags are taken
   *     from it
   * @return the file
   * @throws ObjectFileException if the machine is neither x86-64 nor aarch64
   */
  public static byte[] create(ElfFile model) {
    MachineCode code = code(model);
    return new SmallObject(
            model,
            "libonemalloc-trial.so",
            List.of("libc.so.6"),
            List.of(new Function(SmallObject.START, false, 0)),
            code.bytes(),
            /* constant */ true,
            List.of(
                new Word.Function("malloc"),
                new Word.Function("realloc"),
                new Word.Function("free")))
        .content();
  }

  static MachineCode code(ElfFile model) {
    return MachineCode.of(model, X86_64, AARCH64);
  }
}
