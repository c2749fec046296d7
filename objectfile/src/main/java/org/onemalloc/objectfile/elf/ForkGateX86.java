package org.onemalloc.objectfile.elf;

/** The code of a {@link ForkGate} for x86-64. What each part does is described there. */
/*
 * Design note. %fs:0 is the address of the calling thread's control block (psABI x86-64, "Thread-
 * Local Storage"); a child's only thread keeps that of the thread that forked. 35 is nanosleep
 * (Linux, arch/x86/entry/syscalls/syscall_64.tbl), 28 is madvise, 16 is EBUSY. The system calls are
 * made directly: they may not change errno, and must not be those that a program wraps. They change
 * rax, rcx and r11 alone; the number of sleeps is in r8 or rbx.
 */
final class ForkGateX86 {
  static final MachineCode CODE =
      new MachineCode(
          """
                                     | lock:
          48 8b 05 00 00 00 00       | mov owner(%rip), %rax
          48 85 c0                   | test %rax, %rax
          75 0f                      | jne forking
                                     | enter:
          f0 ff 05 00 00 00 00       | lock incl gate(%rip)
          78 18                      | js closed
                                     | to_lock:
          ff 25 00 00 00 00          | jmp *mutex_lock(%rip)
                                     | forking:
          64 48 3b 04 25 00 00 00 00 | cmp %fs:0, %rax
          74 ef                      | je to_lock
          e8 a3 01 00 00             | call pause
          eb df                      | jmp enter
                                     | closed:
          41 b8 e8 03 00 00          | mov $1000, %r8d
                                     | waiting:
          8b 05 00 00 00 00          | mov gate(%rip), %eax
          0f ba e0 1e                | bt $30, %eax
          72 d6                      | jb to_lock
          f0 ff 0d 00 00 00 00       | lock decl gate(%rip)
          e8 83 01 00 00             | call pause
          f0 ff 05 00 00 00 00       | lock incl gate(%rip)
          79 c1                      | jns to_lock
          41 ff c8                   | dec %r8d
          75 da                      | jne waiting
          8b 05 00 00 00 00          | mov gate(%rip), %eax
                                     | force:
          85 c0                      | test %eax, %eax
          79 b2                      | jns to_lock
          89 c1                      | mov %eax, %ecx
          0f ba e9 1e                | bts $30, %ecx
          f0 0f b1 0d 00 00 00 00    | lock cmpxchg %ecx, gate(%rip)
          75 ec                      | jne force
          eb a0                      | jmp to_lock
                                     | trylock:
          64 48 8b 04 25 00 00 00 00 | mov %fs:0, %rax
          48 3b 05 00 00 00 00       | cmp owner(%rip), %rax
          74 35                      | je to_trylock
          f0 ff 05 00 00 00 00       | lock incl gate(%rip)
          78 13                      | js closed_try
                                     | try:
          48 83 ec 08                | sub $8, %rsp
          ff 15 00 00 00 00          | call *mutex_trylock(%rip)
          48 83 c4 08                | add $8, %rsp
          85 c0                      | test %eax, %eax
          75 12                      | jne leave
          c3                         | ret
                                     | closed_try:
          8b 05 00 00 00 00          | mov gate(%rip), %eax
          0f ba e0 1e                | bt $30, %eax
          72 e1                      | jb try
          b8 10 00 00 00             | mov $16, %eax
                                     | leave:
          f0 ff 0d 00 00 00 00       | lock decl gate(%rip)
          c3                         | ret
                                     | to_trylock:
          ff 25 00 00 00 00          | jmp *mutex_trylock(%rip)
                                     | unlock:
          64 48 8b 04 25 00 00 00 00 | mov %fs:0, %rax
          48 3b 05 00 00 00 00       | cmp owner(%rip), %rax
          74 10                      | je to_unlock
          48 83 ec 08                | sub $8, %rsp
          ff 15 00 00 00 00          | call *mutex_unlock(%rip)
          48 83 c4 08                | add $8, %rsp
          eb d0                      | jmp leave
                                     | to_unlock:
          ff 25 00 00 00 00          | jmp *mutex_unlock(%rip)
                                     | prepare:
          f3 0f 1e fa                | endbr64
          53                         | push %rbx
          bb 20 4e 00 00             | mov $20000, %ebx
                                     | own:
          31 c0                      | xor %eax, %eax
          64 48 8b 14 25 00 00 00 00 | mov %fs:0, %rdx
          f0 48 0f b1 15 00 00 00 00 | lock cmpxchg %rdx, owner(%rip)
          74 0b                      | je close
          e8 bf 00 00 00             | call pause
          ff cb                      | dec %ebx
          75 e1                      | jne own
          5b                         | pop %rbx
          c3                         | ret
                                     | close:
          31 c0                      | xor %eax, %eax
          ba 00 00 00 80             | mov $0x80000000, %edx
          f0 0f b1 15 00 00 00 00    | lock cmpxchg %edx, gate(%rip)
          74 09                      | je prepared
          e8 a3 00 00 00             | call pause
          ff cb                      | dec %ebx
          75 e6                      | jne close
                                     | prepared:
          5b                         | pop %rbx
          c3                         | ret
                                     | parent:
          f3 0f 1e fa                | endbr64
          64 48 8b 04 25 00 00 00 00 | mov %fs:0, %rax
          48 3b 05 00 00 00 00       | cmp owner(%rip), %rax
          75 15                      | jne not_owner
          b8 ff ff ff 3f             | mov $0x3fffffff, %eax
          f0 21 05 00 00 00 00       | lock and %eax, gate(%rip)
          31 c0                      | xor %eax, %eax
          48 89 05 00 00 00 00       | mov %rax, owner(%rip)
                                     | not_owner:
          c3                         | ret
                                     | child:
          f3 0f 1e fa                | endbr64
          31 c0                      | xor %eax, %eax
          8b 0d 00 00 00 00          | mov gate(%rip), %ecx
          85 c9                      | test %ecx, %ecx
          79 06                      | jns was_open
          89 05 00 00 00 00          | mov %eax, gate(%rip)
                                     | was_open:
          48 89 05 00 00 00 00       | mov %rax, owner(%rip)
          c3                         | ret
                                     | init:
          48 83 ec 08                | sub $8, %rsp
          e8 00 00 00 00             | call initialiser
          b8 01 00 00 00             | mov $1, %eax
          87 05 00 00 00 00          | xchg %eax, registered(%rip)
          85 c0                      | test %eax, %eax
          75 36                      | jne initialised
          48 8d 3d 50 ff ff ff       | lea prepare(%rip), %rdi
          48 8d 35 90 ff ff ff       | lea parent(%rip), %rsi
          48 8d 15 b5 ff ff ff       | lea child(%rip), %rdx
          48 8d 0d 00 00 00 00       | lea handle(%rip), %rcx
          48 8b 05 00 00 00 00       | mov register_atfork(%rip), %rax
          48 85 c0                   | test %rax, %rax
          75 0c                      | jne register
          48 8b 05 00 00 00 00       | mov pthread_atfork(%rip), %rax
          48 85 c0                   | test %rax, %rax
          74 02                      | je initialised
                                     | register:
          ff d0                      | call *%rax
                                     | initialised:
          48 83 c4 08                | add $8, %rsp
          c3                         | ret
                                     | pause:
          57                         | push %rdi
          68 50 c3 00 00             | push $50000
          6a 00                      | push $0
          48 89 e7                   | mov %rsp, %rdi
          31 f6                      | xor %esi, %esi
          b8 23 00 00 00             | mov $35, %eax
          0f 05                      | syscall
          48 83 c4 10                | add $16, %rsp
          31 ff                      | xor %edi, %edi
          be 01 00 00 00             | mov $1, %esi
          31 d2                      | xor %edx, %edx
          b8 1c 00 00 00             | mov $28, %eax
          0f 05                      | syscall
          5f                         | pop %rdi
          c3                         | ret
          """);

  private ForkGateX86() {}
}
