package org.onemalloc.objectfile.elf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.TextSearch;

/** Distinguishes programs from libraries. Both usually have the type {@link ElfType#DYN}. */
public final class ElfPrograms {
  /** Variables that qemu-user reads (qemu, linux-user/main.c); other programs only set them. */
  private static final List<String> OF_EMULATOR = List.of("QEMU_LD_PREFIX", "QEMU_STACK_SIZE");

  private static final TextSearch EMULATOR = new TextSearch(OF_EMULATOR);

  /** libseccomp's function that makes a filter valid (seccomp_load(3)). */
  private static final String FILTER = "seccomp_load";

  /**
   * What an x86-64 program loads as the first argument of prctl(2) before its filter, and for it:
   * {@code mov $PR_SET_NO_NEW_PRIVS, %edi} and {@code mov $PR_SET_SECCOMP, %edi}. Only both count:
   * 22 is also the number of a signal.
   */
  private static final List<TextSearch> PRCTL =
      List.of(
          new TextSearch(List.of("\u00bf&\0\0\0")), new TextSearch(List.of("\u00bf\u0016\0\0\0")));

  /** The number of seccomp(2) as the first argument of syscall(2). */
  private static final TextSearch SYSCALL = new TextSearch(List.of("\u00bf=\u0001\0\0"));

  private ElfPrograms() {}

  /**
   * Returns whether a program is an emulator of qemu-user. The program that it emulates has an
   * allocator of its own, which nothing outside of it shows.
   *
   * @param program a program, whatever its name is
   * @return true if it is one
   */
  public static boolean isEmulator(ElfFile program) {
    Set<String> found = new HashSet<>();
    program.findTexts(EMULATOR, (text, place) -> found.add(OF_EMULATOR.get(text)));
    return found.size() == OF_EMULATOR.size();
  }

  /**
   * Returns whether a program or library can install a filter of system calls (seccomp(2)) in its
   * process: it calls libseccomp, or is an x86-64 program with code that passes the number of such
   * a call to prctl or syscall. The second is circumstantial: the number may be another argument.
   *
   * @param file a dynamically linked program or library
   * @return true if it can
   */
  public static boolean canFilterSystemCalls(ElfFile file) {
    return file.imports(FILTER)
        || (isProgram(file)
            && file.machine().equals(ElfMachine.X86_64)
            && ((file.imports("prctl") && PRCTL.stream().allMatch(code -> hasCode(file, code)))
                || (file.imports("syscall") && hasCode(file, SYSCALL))));
  }

  /**
   * Returns whether a program can enter or leave namespaces (unshare(2), setns(2)), which for those
   * of users and mounts the kernel permits only to a process with one thread.
   *
   * @param program a dynamically linked program
   * @return true if it can
   */
  public static boolean canChangeNamespaces(ElfFile program) {
    return program.imports("unshare") || program.imports("setns");
  }

  /**
   * Returns whether the loader calls code of a file while it relocates it: functions that choose an
   * implementation (STT_GNU_IFUNC).
   *
   * @param file a dynamically linked program or library
   * @return true if it does
   */
  public static boolean hasResolvers(ElfFile file) {
    return file.relocations().stream()
            .anyMatch(relocation -> file.machine().isResolver(relocation.type()))
        || file.dynamicSymbols().stream()
            .anyMatch(symbol -> symbol.isExported() && symbol.type() == ElfSymbol.Type.IFUNC);
  }

  private static boolean hasCode(ElfFile file, TextSearch code) {
    AtomicBoolean found = new AtomicBoolean();
    for (ElfSegment segment : file.segments()) {
      if (segment.isLoad() && segment.isExecutable()) {
        code.forEach(
            file.header().bytes().array(),
            Math.toIntExact(segment.offset()),
            Math.toIntExact(segment.endOffset()),
            (text, place) -> found.set(true));
      }
    }
    return found.get();
  }

  /**
   * Returns whether a file is a program: it has a fixed address, or is marked as a program, or
   * names a loader and has no SONAME.
   *
   * @param file any ELF file
   * @return true for a program, whether or not it names a loader
   */
  public static boolean isProgram(ElfFile file) {
    return file.type() == ElfType.EXEC
        || file.isPositionIndependentProgram()
        || (file.interpreter().isPresent() && file.soname().isEmpty());
  }

  /**
   * Returns whether a file is a program in which no loader binds anything: {@code -static}, {@code
   * -static-pie}.
   *
   * @param file any ELF file
   * @return true for a statically linked program
   */
  public static boolean isStatic(ElfFile file) {
    return isProgram(file) && file.interpreter().isEmpty();
  }

  /**
   * Returns whether glibc's loader starts a program: its loader has a name that only glibc gives
   * (sysdeps/.../ldconfig.h, shlib-versions; {@code ld-2.31.so}), or the program itself needs
   * glibc's libc, whatever its loader is called.
   *
   * @param program a program
   * @return false for a static program, and for one of another C library
   */
  public static boolean isOfGlibc(ElfFile program) {
    Optional<String> loader = program.interpreter();
    return loader.isPresent()
        && (program.needed().stream().anyMatch(GlibcNames::isLibc)
            || GlibcNames.isLoader(loader.get()));
  }

  /**
   * Returns whether musl's loader starts a program.
   *
   * @param program a program
   * @return false for a static program, and for one of another C library
   */
  public static boolean isOfMusl(ElfFile program) {
    return program.interpreter().filter(ElfPrograms::isMuslLoader).isPresent();
  }

  private static boolean isMuslLoader(String file) {
    return file.substring(file.lastIndexOf('/') + 1).startsWith("ld-musl-");
  }

  /**
   * Returns whether a name is that of a dynamic loader, glibc's or musl's.
   *
   * @param file a path or a name alone
   * @return true if it is
   */
  public static boolean isLoader(String file) {
    return GlibcNames.isLoader(file) || isMuslLoader(file);
  }

  /**
   * Returns whether a loader starts a file.
   *
   * @param path any file
   * @return true if the file names a loader; false if not, or if it is not an ELF file
   * @throws IOException if the file cannot be read
   */
  public static boolean isDynamic(Path path) throws IOException {
    try {
      return ElfFile.read(path).interpreter().isPresent();
    } catch (ObjectFileException e) {
      return false;
    }
  }
}
