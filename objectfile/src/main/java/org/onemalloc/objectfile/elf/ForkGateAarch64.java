package org.onemalloc.objectfile.elf;

/** The code of a {@link ForkGate} for aarch64. What each part does is described there. */
/*
 * Design note. tpidr_el0 is the calling thread's thread pointer; a child's only thread keeps that
 * of the thread that forked. 101 is nanosleep (Linux, include/uapi/asm-generic/unistd.h), 233 is
 * madvise, 16 is EBUSY. The system calls are made directly: they may not change errno, and must not
 * be those that a program wraps. They change x0 alone; the number of sleeps is in w15. x16 is the
 * address of the GOT entry when the code jumps there, because the lazy resolver reads it (AAELF64,
 * "Procedure Linkage Table"). LSE atomics are not used: ARMv8.0 lacks them.
 */
final class ForkGateAarch64 {
  static final MachineCode CODE =
      new MachineCode(
          """
                      | lock:
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
          2a 01 40 f9 | ldr x10, [x9]
          8a 01 00 b5 | cbnz x10, forking
                      | enter:
          09 00 00 90 | adrp x9, gate
          29 01 00 91 | add x9, x9, :lo12:gate
                      | count:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 11 | add w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, count
          8a 01 f8 37 | tbnz w10, #31, closed
                      | to_lock:
          10 00 00 90 | adrp x16, mutex_lock
          10 02 00 91 | add x16, x16, :lo12:mutex_lock
          11 02 40 f9 | ldr x17, [x16]
          20 02 1f d6 | br x17
                      | forking:
          4b d0 3b d5 | mrs x11, tpidr_el0
          5f 01 0b eb | cmp x10, x11
          40 ff ff 54 | b.eq to_lock
          ec 03 1e aa | mov x12, x30
          9a 00 00 94 | bl pause
          fe 03 0c aa | mov x30, x12
          ef ff ff 17 | b enter
                      | closed:
          0f 7d 80 52 | mov w15, #1000
                      | waiting:
          8a fe f7 37 | tbnz w10, #30, to_lock
                      | take_back:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 51 | sub w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, take_back
          ec 03 1e aa | mov x12, x30
          90 00 00 94 | bl pause
          fe 03 0c aa | mov x30, x12
                      | count_again:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 11 | add w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, count_again
          0a fd ff 36 | tbz w10, #31, to_lock
          ef 05 00 71 | subs w15, w15, #1
          41 fe ff 54 | b.ne waiting
                      | force:
          2a fd 5f 88 | ldaxr w10, [x9]
          8a fc ff 36 | tbz w10, #31, to_lock
          4a 01 02 32 | orr w10, w10, #0x40000000
          2a fd 0b 88 | stlxr w11, w10, [x9]
          8b ff ff 35 | cbnz w11, force
          e0 ff ff 17 | b to_lock
                      | trylock:
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
          2a 01 40 f9 | ldr x10, [x9]
          4b d0 3b d5 | mrs x11, tpidr_el0
          5f 01 0b eb | cmp x10, x11
          40 03 00 54 | b.eq to_trylock
          09 00 00 90 | adrp x9, gate
          29 01 00 91 | add x9, x9, :lo12:gate
                      | count_try:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 11 | add w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, count_try
          4a 01 f8 37 | tbnz w10, #31, closed_try
                      | try:
          fd 7b bf a9 | stp x29, x30, [sp, #-16]!
          fd 03 00 91 | mov x29, sp
          10 00 00 90 | adrp x16, mutex_trylock
          10 02 00 91 | add x16, x16, :lo12:mutex_trylock
          11 02 40 f9 | ldr x17, [x16]
          20 02 3f d6 | blr x17
          fd 7b c1 a8 | ldp x29, x30, [sp], #16
          80 00 00 35 | cbnz w0, leave
          c0 03 5f d6 | ret
                      | closed_try:
          ea fe f7 37 | tbnz w10, #30, try
          00 02 80 52 | mov w0, #16
                      | leave:
          09 00 00 90 | adrp x9, gate
          29 01 00 91 | add x9, x9, :lo12:gate
                      | uncount:
          2a fd 5f 88 | ldaxr w10, [x9]
          4a 05 00 51 | sub w10, w10, #1
          2a fd 0b 88 | stlxr w11, w10, [x9]
          ab ff ff 35 | cbnz w11, uncount
          c0 03 5f d6 | ret
                      | to_trylock:
          10 00 00 90 | adrp x16, mutex_trylock
          10 02 00 91 | add x16, x16, :lo12:mutex_trylock
          11 02 40 f9 | ldr x17, [x16]
          20 02 1f d6 | br x17
                      | unlock:
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
          2a 01 40 f9 | ldr x10, [x9]
          4b d0 3b d5 | mrs x11, tpidr_el0
          5f 01 0b eb | cmp x10, x11
          20 01 00 54 | b.eq to_unlock
          fd 7b bf a9 | stp x29, x30, [sp, #-16]!
          fd 03 00 91 | mov x29, sp
          10 00 00 90 | adrp x16, mutex_unlock
          10 02 00 91 | add x16, x16, :lo12:mutex_unlock
          11 02 40 f9 | ldr x17, [x16]
          20 02 3f d6 | blr x17
          fd 7b c1 a8 | ldp x29, x30, [sp], #16
          e8 ff ff 17 | b leave
                      | to_unlock:
          10 00 00 90 | adrp x16, mutex_unlock
          10 02 00 91 | add x16, x16, :lo12:mutex_unlock
          11 02 40 f9 | ldr x17, [x16]
          20 02 1f d6 | br x17
                      | prepare:
          ec 03 1e aa | mov x12, x30
          0f c4 89 52 | mov w15, #20000
          4b d0 3b d5 | mrs x11, tpidr_el0
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
                      | own:
          2a fd 5f c8 | ldaxr x10, [x9]
          6a 01 00 b5 | cbnz x10, owned
          2b fd 0e c8 | stlxr w14, x11, [x9]
          ae ff ff 35 | cbnz w14, own
          09 00 00 90 | adrp x9, gate
          29 01 00 91 | add x9, x9, :lo12:gate
          0b 00 b0 52 | mov w11, #0x80000000
                      | close:
          2a fd 5f 88 | ldaxr w10, [x9]
          2a 01 00 35 | cbnz w10, held
          2b fd 0e 88 | stlxr w14, w11, [x9]
          ae ff ff 35 | cbnz w14, close
          80 01 5f d6 | ret x12
                      | owned:
          5f 3f 03 d5 | clrex
          3a 00 00 94 | bl pause
          ef 05 00 71 | subs w15, w15, #1
          21 fe ff 54 | b.ne own
          80 01 5f d6 | ret x12
                      | held:
          5f 3f 03 d5 | clrex
          35 00 00 94 | bl pause
          ef 05 00 71 | subs w15, w15, #1
          61 fe ff 54 | b.ne close
          80 01 5f d6 | ret x12
                      | parent:
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
          2a 01 40 f9 | ldr x10, [x9]
          4b d0 3b d5 | mrs x11, tpidr_el0
          5f 01 0b eb | cmp x10, x11
          01 01 00 54 | b.ne not_owner
          0c 00 00 90 | adrp x12, gate
          8c 01 00 91 | add x12, x12, :lo12:gate
                      | reopen:
          8a fd 5f 88 | ldaxr w10, [x12]
          4a 75 00 12 | and w10, w10, #0x3fffffff
          8a fd 0e 88 | stlxr w14, w10, [x12]
          ae ff ff 35 | cbnz w14, reopen
          3f fd 9f c8 | stlr xzr, [x9]
                      | not_owner:
          c0 03 5f d6 | ret
                      | child:
          0c 00 00 90 | adrp x12, gate
          8c 01 00 91 | add x12, x12, :lo12:gate
          8a 01 40 b9 | ldr w10, [x12]
          4a 00 f8 36 | tbz w10, #31, was_open
          9f 01 00 b9 | str wzr, [x12]
                      | was_open:
          09 00 00 90 | adrp x9, owner
          29 01 00 91 | add x9, x9, :lo12:owner
          3f 01 00 f9 | str xzr, [x9]
          c0 03 5f d6 | ret
                      | init:
          fd 7b bf a9 | stp x29, x30, [sp, #-16]!
          fd 03 00 91 | mov x29, sp
          00 00 00 94 | bl initialiser
          09 00 00 90 | adrp x9, registered
          29 01 00 91 | add x9, x9, :lo12:registered
          2b 00 80 52 | mov w11, #1
                      | once:
          2a fd 5f 88 | ldaxr w10, [x9]
          2a 02 00 35 | cbnz w10, initialised
          2b fd 0c 88 | stlxr w12, w11, [x9]
          ac ff ff 35 | cbnz w12, once
          80 f8 ff 10 | adr x0, prepare
          c1 fb ff 10 | adr x1, parent
          62 fd ff 10 | adr x2, child
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
          fd 7b c1 a8 | ldp x29, x30, [sp], #16
          c0 03 5f d6 | ret
                      | pause:
          ed 03 00 aa | mov x13, x0
          0e 6a 98 d2 | mov x14, #50000
          ff 3b bf a9 | stp xzr, x14, [sp, #-16]!
          e0 03 00 91 | mov x0, sp
          e1 03 1f aa | mov x1, xzr
          a8 0c 80 d2 | mov x8, #101
          01 00 00 d4 | svc #0
          ff 43 00 91 | add sp, sp, #16
          e0 03 1f aa | mov x0, xzr
          21 00 80 d2 | mov x1, #1
          e2 03 1f aa | mov x2, xzr
          28 1d 80 d2 | mov x8, #233
          01 00 00 d4 | svc #0
          e0 03 0d aa | mov x0, x13
          c0 03 5f d6 | ret
          """);

  private ForkGateAarch64() {}
}
