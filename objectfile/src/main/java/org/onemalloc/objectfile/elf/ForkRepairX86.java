package org.onemalloc.objectfile.elf;

/** The code of a {@link ForkRepair} for x86-64. What each part does is described there. */
/*
 * Design note. 230 is clock_nanosleep (Linux, arch/x86/entry/syscalls/syscall_64.tbl), which glibc
 * uses for nanosleep since 2.31, so filters of system calls allow it; 0 is CLOCK_REALTIME, as there.
 * The call is made directly: it may not change errno, and must not be one that a program wraps.
 * pause keeps rdi (the mutex) and rdx (the generation). x86-64 stores in order, so the mark
 * needs no barrier.
 */
final class ForkRepairX86 {
  static final MachineCode CODE =
      new MachineCode(
          """
                                  | lock:
          e8 34 00 00 00          | call enter
          ff 25 00 00 00 00       | jmp *mutex_lock(%rip)
                                  | trylock:
          e8 29 00 00 00          | call enter
          48 83 ec 08             | sub $8, %rsp
          ff 15 00 00 00 00       | call *mutex_trylock(%rip)
          48 83 c4 08             | add $8, %rsp
          85 c0                   | test %eax, %eax
          75 0f                   | jne leave
          c3                      | ret
                                  | unlock:
          48 83 ec 08             | sub $8, %rsp
          ff 15 00 00 00 00       | call *mutex_unlock(%rip)
          48 83 c4 08             | add $8, %rsp
                                  | leave:
          f0 ff 0d 00 00 00 00    | lock decl count(%rip)
          c3                      | ret
                                  | enter:
          f0 ff 05 00 00 00 00    | lock incl count(%rip)
          64 8b 04 25 00 00 00 00 | mov %fs:0, %eax
          89 05 00 00 00 00       | mov %eax, last(%rip)
          8b 15 00 00 00 00       | mov generation(%rip), %edx
          85 d2                   | test %edx, %edx
          74 2d                   | je renewed
                                  | renew:
          8b 47 20                | mov 32(%rdi), %eax
          39 d0                   | cmp %edx, %eax
          74 26                   | je renewed
          89 d1                   | mov %edx, %ecx
          f7 d1                   | not %ecx
          39 c8                   | cmp %ecx, %eax
          74 1f                   | je renewing
          f0 0f b1 4f 20          | lock cmpxchg %ecx, 32(%rdi)
          75 ea                   | jne renew
          31 c0                   | xor %eax, %eax
          48 89 07                | mov %rax, (%rdi)
          48 89 47 08             | mov %rax, 8(%rdi)
          48 89 47 10             | mov %rax, 16(%rdi)
          48 89 47 18             | mov %rax, 24(%rdi)
          89 47 24                | mov %eax, 36(%rdi)
          89 57 20                | mov %edx, 32(%rdi)
                                  | renewed:
          c3                      | ret
                                  | renewing:
          e8 ab 00 00 00          | call pause
          eb cb                   | jmp renew
                                  | prepare:
          f3 0f 1e fa             | endbr64
          53                      | push %rbx
          bb 14 00 00 00          | mov $20, %ebx
                                  | look:
          8b 05 00 00 00 00       | mov count(%rip), %eax
          85 c0                   | test %eax, %eax
          7e 19                   | jle prepared
          64 8b 04 25 00 00 00 00 | mov %fs:0, %eax
          3b 05 00 00 00 00       | cmp last(%rip), %eax
          74 09                   | je prepared
          e8 80 00 00 00          | call pause
          ff cb                   | dec %ebx
          75 dd                   | jne look
                                  | prepared:
          5b                      | pop %rbx
          c3                      | ret
                                  | child:
          f3 0f 1e fa             | endbr64
          31 c0                   | xor %eax, %eax
          89 05 00 00 00 00       | mov %eax, count(%rip)
          8b 05 00 00 00 00       | mov generation(%rip), %eax
          ff c0                   | inc %eax
          89 05 00 00 00 00       | mov %eax, generation(%rip)
          c3                      | ret
                                  | init:
          53                      | push %rbx
          55                      | push %rbp
          48 83 ec 08             | sub $8, %rsp
          ff 15 00 00 00 00       | call *errno_location(%rip)
          48 89 c3                | mov %rax, %rbx
          8b 28                   | mov (%rax), %ebp
          e8 00 00 00 00          | call initialiser
          b8 01 00 00 00          | mov $1, %eax
          87 05 00 00 00 00       | xchg %eax, registered(%rip)
          85 c0                   | test %eax, %eax
          75 31                   | jne initialised
          48 8d 3d 8a ff ff ff    | lea prepare(%rip), %rdi
          31 f6                   | xor %esi, %esi
          48 8d 15 b0 ff ff ff    | lea child(%rip), %rdx
          48 8d 0d 00 00 00 00    | lea handle(%rip), %rcx
          48 8b 05 00 00 00 00    | mov register_atfork(%rip), %rax
          48 85 c0                | test %rax, %rax
          75 0c                   | jne register
          48 8b 05 00 00 00 00    | mov pthread_atfork(%rip), %rax
          48 85 c0                | test %rax, %rax
          74 02                   | je initialised
                                  | register:
          ff d0                   | call *%rax
                                  | initialised:
          89 2b                   | mov %ebp, (%rbx)
          48 83 c4 08             | add $8, %rsp
          5d                      | pop %rbp
          5b                      | pop %rbx
          c3                      | ret
                                  | pause:
          57                      | push %rdi
          52                      | push %rdx
          68 50 c3 00 00          | push $50000
          6a 00                   | push $0
          48 89 e2                | mov %rsp, %rdx
          31 ff                   | xor %edi, %edi
          31 f6                   | xor %esi, %esi
          45 31 d2                | xor %r10d, %r10d
          b8 e6 00 00 00          | mov $230, %eax
          0f 05                   | syscall
          48 83 c4 10             | add $16, %rsp
          5a                      | pop %rdx
          5f                      | pop %rdi
          c3                      | ret
          """);

  private ForkRepairX86() {}
}
