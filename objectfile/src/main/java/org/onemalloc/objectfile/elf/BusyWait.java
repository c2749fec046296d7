package org.onemalloc.objectfile.elf;

import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * The loop in which a library waits for a bit that another thread is about to set, and the code
 * that ends it in a child of fork, where that thread may not exist.
 *
 * @param call the address of the call in the loop by which the thread yields its processor
 * @param yield the function that it calls
 */
/*
 * Design note. mimalloc marks a page of a thread that ends as nobody's in two steps, the owner first
 * and then a bit. A thread that takes the page between the two waits for the bit
 * (src/bitmap.c, mi_bfield_atomic_clear_once_set), by nothing but loads and calls of sleep(0). If
 * the process forks between the two, a child that takes the page waits for ever.
 *
 * The call goes to the code here instead. In a process that was not forked, the code is a jump to
 * the function. In a child it makes the wait itself, at most 4,000 times, which take a fifth of a
 * second, and then sets the bit in place of the thread that is not there. A thread of the child that
 * is between the two steps is some instructions from the second.
 *
 * The loop is known by its instructions: the call, the load of the word, the test of the mask, the
 * jump back. They also say in which registers the address and the mask are; all of them belong to
 * the caller of a function, which the code here must preserve, but for the word that was loaded.
 */
record BusyWait(long call, long yield) {
  private static final MachineCode X86_64 =
      new MachineCode(
          """
                                  | wait:
          8b 05 00 00 00 00       | mov generation(%rip), %eax
          85 c0                   | test %eax, %eax
          75 05                   | jne waiting
          e9 00 00 00 00          | jmp yield
                                  | waiting:
          68 a0 0f 00 00          | push $4000
                                  | again:
          e8 00 00 00 00          | call yield
          48 8b 45 00             | mov (%rbp), %rax
          48 85 c3                | test %rax, %rbx
          75 0a                   | jne waited
          ff 0c 24                | decl (%rsp)
          75 ed                   | jne again
          f0 48 09 5d 00          | lock or %rbx, (%rbp)
                                  | waited:
          58                      | pop %rax
          c3                      | ret
          """);

  private static final MachineCode AARCH64 =
      new MachineCode(
          """
                      | wait:
          09 00 00 90 | adrp x9, generation
          29 01 00 91 | add x9, x9, :lo12:generation
          2a 01 40 b9 | ldr w10, [x9]
          4a 00 00 35 | cbnz w10, waiting
          00 00 00 14 | b yield
                      | waiting:
          fd 7b be a9 | stp x29, x30, [sp, #-32]!
          fd 03 00 91 | mov x29, sp
          f6 0b 00 f9 | str x22, [sp, #16]
          16 f4 81 52 | mov w22, #4000
                      | again:
          00 00 00 94 | bl yield
          74 fe df c8 | ldar x20, [x19]
          bf 02 14 ea | tst x21, x20
          e1 00 00 54 | b.ne waited
          d6 06 00 71 | subs w22, w22, #1
          61 ff ff 54 | b.ne again
                      | set:
          74 fe 5f c8 | ldaxr x20, [x19]
          94 02 15 aa | orr x20, x20, x21
          74 fe 09 c8 | stlxr w9, x20, [x19]
          a9 ff ff 35 | cbnz w9, set
                      | waited:
          f6 0b 40 f9 | ldr x22, [sp, #16]
          fd 7b c2 a8 | ldp x29, x30, [sp], #32
          c0 03 5f d6 | ret
          """);

  /** The instructions behind the call, as words of the file: load, test, jump. */
  private static final long X86_64_LOOP = 0x74c3_8548_0045_8b48L;

  private static final int X86_64_BACK = 0xf2;
  private static final int[] AARCH64_LOOP = {0xc8dffe74, 0xea1402bf, 0x54ffffa0};

  /**
   * Finds the loop of a library.
   *
   * @param library an x86-64 or aarch64 library
   * @return the loop; empty if there is none
   * @throws ObjectFileException if there are two
   */
  static Optional<BusyWait> in(ElfFile library) {
    boolean isX86 = library.machine().equals(ElfMachine.X86_64);
    ElfBytes code = library.header().bytes();
    Optional<BusyWait> found = Optional.empty();
    for (ElfSegment segment : library.segments()) {
      if (!segment.isLoad() || !segment.isExecutable()) {
        continue;
      }
      for (long at = segment.offset(); at <= segment.endOffset() - 16; at += isX86 ? 1 : 4) {
        if (isX86 ? isX86(code, at) : isAarch64(code, at)) {
          if (found.isPresent()) {
            throw new ObjectFileException(
                library.name() + " waits for another thread's bit in two places.");
          }
          long here = segment.virtualAddress() + at - segment.offset();
          long distance = isX86 ? 5 + code.i32(at + 1) : ((code.i32(at) << 6) >> 4);
          found = Optional.of(new BusyWait(here, here + distance));
        }
      }
    }
    return found;
  }

  private static boolean isX86(ElfBytes code, long at) {
    return code.u8(at) == 0xe8
        && code.i64(at + 5) == X86_64_LOOP
        && code.u8(at + 13) == X86_64_BACK;
  }

  private static boolean isAarch64(ElfBytes code, long at) {
    boolean loops = (code.i32(at) & 0xfc000000) == 0x94000000; // bl
    for (int i = 0; loops && i < AARCH64_LOOP.length; i++) {
      loops = code.i32(at + 4 + 4L * i) == AARCH64_LOOP[i];
    }
    return loops;
  }

  /** Returns the code with that of the wait behind it, which refers to {@code yield}. */
  static MachineCode behind(MachineCode code, boolean isX86) {
    return new MachineCode(code.listing() + (isX86 ? X86_64 : AARCH64).listing());
  }

  /** Lets the call in the loop go to an address instead. */
  void redirect(ElfFile library, ElfBytes out, long to) {
    int at = library.header().requireOffset(call, 5, "the loop");
    if (library.machine().equals(ElfMachine.X86_64)) {
      out.putU32(at + 1L, to - call - 5);
    } else {
      out.putU32(at, 0x94000000L | (((to - call) >> 2) & 0x3ffffff));
    }
  }
}
