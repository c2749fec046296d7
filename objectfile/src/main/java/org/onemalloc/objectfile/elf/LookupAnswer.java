package org.onemalloc.objectfile.elf;

import java.util.List;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.SmallObject.Function;
import org.onemalloc.objectfile.elf.SmallObject.Word;

/**
 * Makes a shared library that, when preloaded, opens another library when a JVM calls {@code
 * dlopen} for its {@code libsyslookup.so}. The location of the JDK and the way in which it was
 * started do not matter.
 *
 * <p>A JVM opens {@code libsyslookup.so} by its absolute path, and searches its handle for the
 * functions that {@code Linker.defaultLookup()} finds. The reference to {@code dlopen} in libjvm
 * binds to the first object of the process that defines {@code dlopen}, which is this library.
 * Every call for another file is passed to the {@code dlopen} that would have been called without
 * this library.
 *
 * <p>All calls are passed on without {@code RTLD_DEEPBIND}. With that flag, the opened library's
 * own references bind to libc's {@code dlopen}, {@code malloc} and {@code free}, although libc's
 * {@code strdup} allocates from the allocator of the process: a plugin of PHP that frees a block of
 * {@code strdup}, and a JVM that a C program opens, end the process.
 */
/*
 * Design note. The result of dlopen in glibc depends on the caller: its namespace, RUNPATH and
 * $ORIGIN determine the meaning of a name, and RTLD_NEXT depends on the caller too. Therefore this
 * library jumps to the next dlopen and leaves the caller's return address in place, as if the
 * caller had called the next dlopen directly. The address of the next dlopen is the result of
 * dlsym(RTLD_NEXT, "dlopen") in this object: libc's, libdl's (glibc before 2.34), or that of
 * another preloaded object or sanitizer that comes later. It is looked up at the first call and not
 * in a constructor, because constructors of other objects may call dlopen earlier. Two threads that
 * look it up at the same time get the same result.
 *
 * No code reads the last word of the data. Its relocation makes the loader's list of bindings show
 * the provider of the process's dlopen.
 *
 * The call that opens the answer is not passed on but made by this object, so that a $ORIGIN in the
 * path of the answer is the directory of this object: a program that carries both can be moved.
 *
 * The name is compared as two words of 8 bytes: "/libsyslookup.so" has 16. The code refers only to
 * the words of data after it and needs no relocation.
 *
 * Without RTLD_DEEPBIND, an opened library's references bind to a function of the same name in the
 * global scope, if there is one, as they do for every library that is opened without the flag, and
 * as they do in sanitizers, which refuse the flag. That risk is smaller than two heaps:
 * php/php-src#11133, gperftools/gperftools#1148, falcosecurity/falco#3704 and
 * oneapi-src/unified-runtime#803 are crashes of ordinary programs. Allocators used glibc's malloc
 * hooks for that, which glibc 2.34 removed.
 *
 * Rejected:
 * - A library whose DT_SONAME is the absolute path of the JDK's libsyslookup.so. It works without
 *   code for a JDK that is known in advance, but not for one that a script or a launcher starts.
 * - A tail call of dlmopen(LM_ID_BASE, ...) instead of the jump: it moves a call from code in
 *   another namespace into the base namespace, and accepts flags that dlopen refuses.
 * - Keeping RTLD_DEEPBIND and writing the opened library's references to malloc anew afterwards:
 *   its constructors have run by then, and have blocks of libc's heap.
 * - A versioned reference dlopen@GLIBC_2.34 bound by the loader: it binds to this object's own
 *   dlopen, which must be unversioned to serve JVMs built against any glibc (glibc,
 *   elf/dl-lookup.c, check_match).
 * - An auditing library (LD_AUDIT, la_objsearch): it slows down every call between libraries.
 * - C under native/, compiled at build time: the build of a Java archive would need two compilers,
 *   and the path of the answer differs between users.
 */
public final class LookupAnswer {
  private static final MachineCode X86_64 =
      new MachineCode(
          """
                                        | dlopen:
          83 e6 f7                      | and $-9, %esi
          48 85 ff                      | test %rdi, %rdi
          74 4e                         | je pass
          48 8d 47 ff                   | lea -1(%rdi), %rax
                                        | next:
          48 ff c0                      | inc %rax
          80 38 00                      | cmpb $0, (%rax)
          75 f8                         | jne next
          48 89 c1                      | mov %rax, %rcx
          48 29 f9                      | sub %rdi, %rcx
          48 83 f9 10                   | cmp $16, %rcx
          72 36                         | jb pass
          49 b8 6f 6f 6b 75 70 2e 73 6f | movabs $0x6f732e70756b6f6f, %r8
          4c 39 40 f8                   | cmp %r8, -8(%rax)
          75 26                         | jne pass
          49 b8 2f 6c 69 62 73 79 73 6c | movabs $0x6c73797362696c2f, %r8
          4c 39 40 f0                   | cmp %r8, -16(%rax)
          75 16                         | jne pass
          48 8b 3d 59 00 01 00          | mov answer(%rip), %rdi
          48 83 ec 08                   | sub $8, %rsp
          ff 15 3f 00 01 00             | call *real(%rip)
          48 83 c4 08                   | add $8, %rsp
          c3                            | ret
                                        | pass:
          ff 25 34 00 01 00             | jmp *real(%rip)
                                        | first:
          57                            | push %rdi
          56                            | push %rsi
          48 83 ec 08                   | sub $8, %rsp
          48 c7 c7 ff ff ff ff          | mov $-1, %rdi
          48 8b 35 38 00 01 00          | mov name(%rip), %rsi
          ff 15 22 00 01 00             | call *dlsym(%rip)
          48 83 c4 08                   | add $8, %rsp
          5e                            | pop %rsi
          5f                            | pop %rdi
          48 85 c0                      | test %rax, %rax
          74 09                         | je none
          48 89 05 08 00 01 00          | mov %rax, real(%rip)
          ff e0                         | jmp *%rax
                                        | none:
          c3                            | ret
          cc cc cc cc cc                | .balign 8, 0xcc
          """);

  private static final MachineCode AARCH64 =
      new MachineCode(
          """
                                  | dlopen:
          21 78 1c 12             | and w1, w1, #0xfffffff7
          80 02 00 b4             | cbz x0, pass
          02 04 00 d1             | sub x2, x0, #1
                                  | next:
          43 1c 40 38             | ldrb w3, [x2, #1]!
          e3 ff ff 35             | cbnz w3, next
          43 00 00 cb             | sub x3, x2, x0
          7f 40 00 f1             | cmp x3, #16
          c3 01 00 54             | b.lo pass
          43 10 7f a9             | ldp x3, x4, [x2, #-16]
          e5 03 00 58             | ldr x5, text
          06 04 00 58             | ldr x6, text+8
          7f 00 05 eb             | cmp x3, x5
          80 00 46 fa             | ccmp x4, x6, #0, eq
          01 01 00 54             | b.ne pass
          fd 7b bf a9             | stp x29, x30, [sp, #-16]!
          fd 03 00 91             | mov x29, sp
          00 04 08 58             | ldr x0, answer
          70 03 08 58             | ldr x16, real
          00 02 3f d6             | blr x16
          fd 7b c1 a8             | ldp x29, x30, [sp], #16
          c0 03 5f d6             | ret
                                  | pass:
          f0 02 08 58             | ldr x16, real
          00 02 1f d6             | br x16
                                  | first:
          fd 7b be a9             | stp x29, x30, [sp, #-32]!
          fd 03 00 91             | mov x29, sp
          e0 07 01 a9             | stp x0, x1, [sp, #16]
          00 00 80 92             | mov x0, #-1
          e1 02 08 58             | ldr x1, name
          50 02 08 58             | ldr x16, dlsym
          00 02 3f d6             | blr x16
          f0 03 00 aa             | mov x16, x0
          e0 07 41 a9             | ldp x0, x1, [sp, #16]
          fd 7b c2 a8             | ldp x29, x30, [sp], #32
          90 00 00 b4             | cbz x16, none
          51 01 08 10             | adr x17, real
          30 02 00 f9             | str x16, [x17]
          00 02 1f d6             | br x16
                                  | none:
          e0 03 1f aa             | mov x0, xzr
          c0 03 5f d6             | ret
          1f 20 03 d5             | .balign 8
                                  | text:
          2f 6c 69 62 73 79 73 6c | .quad 0x6c73797362696c2f
          6f 6f 6b 75 70 2e 73 6f | .quad 0x6f732e70756b6f6f
          """);

  private LookupAnswer() {}

  /**
   * Makes the library.
   *
   * @param model an ELF file of the same process: machine, class, byte order and flags are taken
   *     from it
   * @param soname its DT_SONAME
   * @param answer the library to open instead, a {@link ProcessLookup}: an absolute path, or a path
   *     that starts with {@code $ORIGIN}, the directory of the library that is made
   * @return the file; the same bytes for the same arguments
   * @throws ObjectFileException if the machine is neither x86-64 nor aarch64
   */
  public static byte[] create(ElfFile model, String soname, String answer) {
    MachineCode code = code(model);
    return new SmallObject(
            model,
            soname,
            List.of("libdl.so.2", "libc.so.6"),
            List.of(new Function("dlopen", false, 0)),
            code.bytes(),
            /* constant */ false, // the code stores an address
            List.of(
                new Word.Code(code.offsetOf("first")),
                new Word.Function("dlsym"),
                new Word.Text(answer),
                new Word.Text("dlopen"),
                new Word.Function("dlopen")))
        .content();
  }

  static MachineCode code(ElfFile model) {
    return MachineCode.of(model, X86_64, AARCH64);
  }
}
