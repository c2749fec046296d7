package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.text.Owners;

/**
 * Finds the directory that is {@code /} on the machine of a program of another processor: it has
 * the loader that the program names, and the C library.
 */
public final class ForeignRoot {
  /** The variable in which qemu-user looks for this directory (qemu manual, "User Mode"). */
  public static final String VARIABLE = "QEMU_LD_PREFIX";

  private ForeignRoot() {}

  /**
   * Finds the root of a program: the one in {@value #VARIABLE}; the nearest directory above the
   * program, which a whole system for the other processor has; or the one that comes with the cross
   * compiler of a Linux distribution. A directory that another user could exchange is not taken,
   * because what is in it may be run.
   *
   * @param program a program that names its loader
   * @param file its path
   * @return the directory; empty if none has this loader for this processor
   */
  public static Optional<Path> find(ElfFile program, Path file) {
    return find(program, file, Optional.ofNullable(System.getenv(VARIABLE)));
  }

  static Optional<Path> find(ElfFile program, Path file, Optional<String> chosen) {
    if (program.interpreter().isEmpty() || !program.interpreter().get().startsWith("/")) {
      return Optional.empty();
    }
    String loader = program.interpreter().get().substring(1);
    try {
      Owners owners = Owners.withOwnGroup();
      for (Path root : candidates(program, file, chosen)) {
        if (hasLoader(root, loader, program)
            && owners.exchangeable(root.resolve(loader)).isEmpty()) {
          return Optional.of(root);
        }
      }
    } catch (IOException | InvalidPathException e) {
      return Optional.empty(); // a name that is none, or a directory that cannot be read
    }
    return Optional.empty();
  }

  private static List<Path> candidates(ElfFile program, Path file, Optional<String> chosen) {
    if (chosen.filter(path -> !path.isEmpty()).isPresent()) {
      return List.of(Path.of(chosen.get()).toAbsolutePath());
    }
    List<Path> candidates = new ArrayList<>();
    for (Path above = file.toAbsolutePath().getParent(); above != null; above = above.getParent()) {
      candidates.add(above);
    }
    String triple = triple(program.machine());
    if (!triple.isEmpty()) {
      candidates.add(Path.of("/usr", triple)); // Debian, Ubuntu, Arch
      candidates.add(Path.of("/usr", triple, "sys-root")); // Fedora
    }
    return candidates;
  }

  private static String triple(ElfMachine machine) {
    return switch (machine.name()) {
      case "aarch64" -> "aarch64-linux-gnu";
      case "x86-64" -> "x86_64-linux-gnu";
      default -> "";
    };
  }

  private static boolean hasLoader(Path root, String loader, ElfFile program) {
    try {
      Path file = root.resolve(loader);
      return Files.isRegularFile(file) && ElfFile.read(file).kind().equals(program.kind());
    } catch (IOException | org.onemalloc.objectfile.ObjectFileException e) {
      return false;
    }
  }
}
