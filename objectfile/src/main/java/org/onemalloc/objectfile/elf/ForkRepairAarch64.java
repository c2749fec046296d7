package org.onemalloc.objectfile.elf;

/** The code of a {@link ForkRepair} for aarch64. What each part does is described there. */
/*
 * Design note. 115 is clock_nanosleep (Linux, include/uapi/asm-generic/unistd.h); see the x86-64
 * code for the reason. pause changes x0 to x3, x8 and x15 and gives x0 back; enter and renew use x9
 * to x11 and x13 to x15 and find the mutex in x0. x16 is the address of the GOT
 * entry when the code jumps there, because the lazy resolver reads it (AAELF64, "Procedure Linkage
 * Table"). LSE atomics are not used: ARMv8.0 lacks them.
 */
final class ForkRepairAarch64 {
  static final MachineCode CODE =
      new MachineCode(
          """
                      | lock:
          ec 03 1e aa | mov x12, x30
          1e 00 00 94 | bl enter
          fe 03 0c aa | mov x30, x12
          10 00 00 90 | adrp x16, mutex_lock
          10 02 00 91 | add x16, x16, :lo12:mutex_lock
          11 02 40 f9 | ldr x17, [x16]
          20 02 1f d6 | br x17
                      | trylock:
          fd 7b bf a9 | stp x29, x30, [sp, #-16]!
          fd 03 00 91 | mov x29, sp
          16 00 00 94 | bl enter
          10 00 00 90 | adrp x16, mutex_trylock
          10 02 00 91 | add x16, x16, :lo12:mutex_trylock
          11 02 40 f9 | ldr x17, [x16]
          20 02 3f d6 | blr x17
          fd 7b c1 a8 | ldp x29, x30, [sp], #16
          20 01 00 35 | cbnz w0, leave
          c0 03 5f d6 | ret
                      | unlock:
          fd 7b bf a9 | stp x29, x30, [sp, #-16]!
          fd 03 00 91 | mov x29, sp
          10 00 00 90 | adrp x16, mutex_unlock
          10 02 00 91 | add x16, x16, :lo12:mutex_unlock
          11 02 40 f9 | ldr x17, [x16]
          20 02 3f d6 | blr x17
          fd 7b c1 a8 | ldp x29, x30, [sp], #16
                      | leave:
          09 00 00 90 | adrp x9, count
          29 01 00 91 | add x9, x9, :lo12:count
                      | uncount:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 51 | sub w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, uncount
          c0 03 5f d6 | ret
                      | enter:
          09 00 00 90 | adrp x9, count
          29 01 00 91 | add x9, x9, :lo12:count
                      | count_up:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 11 | add w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, count_up
          4b d0 3b d5 | mrs x11, tpidr_el0
          09 00 00 90 | adrp x9, last
          29 01 00 91 | add x9, x9, :lo12:last
          2b 01 00 b9 | str w11, [x9]
          09 00 00 90 | adrp x9, generation
          29 01 00 91 | add x9, x9, :lo12:generation
          2a 01 40 b9 | ldr w10, [x9]
          0a 02 00 34 | cbz w10, entered
                      | renew:
          ed 03 2a 2a | mvn w13, w10
          0e 80 00 91 | add x14, x0, #32
                      | look_at_mark:
          cb fd 5f 88 | ldaxr w11, [x14]
          7f 01 0a 6b | cmp w11, w10
          40 01 00 54 | b.eq renewed
          7f 01 0d 6b | cmp w11, w13
          40 01 00 54 | b.eq renewing
          cd fd 0f 88 | stlxr w15, w13, [x14]
          4f ff ff 35 | cbnz w15, look_at_mark
          1f 7c 00 a9 | stp xzr, xzr, [x0]
          1f 7c 01 a9 | stp xzr, xzr, [x0, #16]
          1f 24 00 b9 | str wzr, [x0, #36]
          ca fd 9f 88 | stlr w10, [x14]
          c0 03 5f d6 | ret
                      | renewed:
          5f 3f 03 d5 | clrex
                      | entered:
          c0 03 5f d6 | ret
                      | renewing:
          5f 3f 03 d5 | clrex
          e9 03 1e aa | mov x9, x30
          40 00 00 94 | bl pause
          fe 03 09 aa | mov x30, x9
          ee ff ff 17 | b look_at_mark
                      | prepare:
          ec 03 1e aa | mov x12, x30
          8b 02 80 52 | mov w11, #20
          09 00 00 90 | adrp x9, count
          29 01 00 91 | add x9, x9, :lo12:count
          4d d0 3b d5 | mrs x13, tpidr_el0
          0e 00 00 90 | adrp x14, last
          ce 01 00 91 | add x14, x14, :lo12:last
                      | look:
          2a fd df 88 | ldar w10, [x9]
          5f 01 00 71 | cmp w10, #0
          ed 00 00 54 | b.le prepared
          ca 01 40 b9 | ldr w10, [x14]
          5f 01 0d 6b | cmp w10, w13
          80 00 00 54 | b.eq prepared
          30 00 00 94 | bl pause
          6b 05 00 71 | subs w11, w11, #1
          01 ff ff 54 | b.ne look
                      | prepared:
          80 01 5f d6 | ret x12
                      | child:
          09 00 00 90 | adrp x9, count
          29 01 00 91 | add x9, x9, :lo12:count
          3f 01 00 b9 | str wzr, [x9]
          09 00 00 90 | adrp x9, generation
          29 01 00 91 | add x9, x9, :lo12:generation
          2a 01 40 b9 | ldr w10, [x9]
          4a 05 00 11 | add w10, w10, #1
          2a 01 00 b9 | str w10, [x9]
          c0 03 5f d6 | ret
                      | init:
          fd 7b be a9 | stp x29, x30, [sp, #-32]!
          fd 03 00 91 | mov x29, sp
          f3 53 01 a9 | stp x19, x20, [sp, #16]
          10 00 00 90 | adrp x16, errno_location
          10 02 00 91 | add x16, x16, :lo12:errno_location
          11 02 40 f9 | ldr x17, [x16]
          20 02 3f d6 | blr x17
          f3 03 00 aa | mov x19, x0
          14 00 40 b9 | ldr w20, [x0]
          00 00 00 94 | bl initialiser
          09 00 00 90 | adrp x9, registered
          29 01 00 91 | add x9, x9, :lo12:registered
          2b 00 80 52 | mov w11, #1
                      | once:
          2a fd 5f 88 | ldaxr w10, [x9]
          2a 02 00 35 | cbnz w10, initialised
          2b fd 0c 88 | stlxr w12, w11, [x9]
          ac ff ff 35 | cbnz w12, once
          a0 fa ff 10 | adr x0, prepare
          e1 03 1f aa | mov x1, xzr
          82 fc ff 10 | adr x2, child
          03 00 00 90 | adrp x3, handle
          63 00 00 91 | add x3, x3, :lo12:handle
          10 00 00 90 | adrp x16, register_atfork
          10 02 00 91 | add x16, x16, :lo12:register_atfork
          10 02 40 f9 | ldr x16, [x16]
          b0 00 00 b5 | cbnz x16, register
          10 00 00 90 | adrp x16, pthread_atfork
          10 02 00 91 | add x16, x16, :lo12:pthread_atfork
          10 02 40 f9 | ldr x16, [x16]
          50 00 00 b4 | cbz x16, initialised
                      | register:
          00 02 3f d6 | blr x16
                      | initialised:
          74 02 00 b9 | str w20, [x19]
          f3 53 41 a9 | ldp x19, x20, [sp, #16]
          fd 7b c2 a8 | ldp x29, x30, [sp], #32
          c0 03 5f d6 | ret
                      | pause:
          ef 03 00 aa | mov x15, x0
          03 6a 98 d2 | mov x3, #50000
          ff 0f bf a9 | stp xzr, x3, [sp, #-16]!
          e0 03 1f aa | mov x0, xzr
          e1 03 1f aa | mov x1, xzr
          e2 03 00 91 | mov x2, sp
          e3 03 1f aa | mov x3, xzr
          68 0e 80 d2 | mov x8, #115
          01 00 00 d4 | svc #0
          ff 43 00 91 | add sp, sp, #16
          e0 03 0f aa | mov x0, x15
          c0 03 5f d6 | ret
          """);

  private ForkRepairAarch64() {}
}
