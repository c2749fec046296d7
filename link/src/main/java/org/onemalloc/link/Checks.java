package org.onemalloc.link;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.onemalloc.inspect.hazard.StartHazards;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.ElfType;
import org.onemalloc.text.Attributes;

/** Refuses files that must not be changed. A refusal changes nothing. */
final class Checks {
  private static final int SET_ID = 06000;

  /** NAME_MAX of Linux (limits.h), in bytes. */
  private static final int LONGEST_NAME = 255;

  private Checks() {}

  /** Reads a file that is to be changed, or refuses it. */
  static ElfFile readable(Path file, ElfFile library) throws IOException {
    ElfFile elf;
    try {
      elf = ElfFile.read(file);
    } catch (ObjectFileException e) {
      throw LinkException.unusable(e.getMessage(), e);
    }
    if (elf.content().get(8) == 'A' && elf.content().get(9) == 'I') {
      throw refusal(
          file, "it is an AppImage, whose content is compressed: unpack it and link that");
    }
    if (elf.type() == ElfType.REL) {
      throw refusal(file, "it is an object file: link it to a program first");
    }
    if (!elf.isDynamic() || (elf.interpreter().isEmpty() && elf.isPositionIndependentProgram())) {
      throw refusal(file, "it is statically linked: only a new build can change its malloc");
    }
    if (!elf.machine().equals(library.machine())
        || elf.is64Bit() != library.is64Bit()
        || elf.byteOrder() != library.byteOrder()) {
      throw refusal(
          file,
          "it is for %s (%d-bit), and the allocator is for %s (%d-bit): give the library for its own architecture"
              .formatted(
                  elf.machine().name(),
                  elf.is64Bit() ? 64 : 32,
                  library.machine().name(),
                  library.is64Bit() ? 64 : 32));
    }
    checkLoader(file, elf);
    if (Attributes.isSigned(file)) {
      throw refusal(file, "it is signed (IMA), and would not start if it were changed");
    }
    if (isSetId(file)) {
      throw refusal(
          file, "it is set-user-ID or set-group-ID, and runs with the rights of another user");
    }
    return elf;
  }

  /**
   * Reads a program that is to be linked by itself, or refuses it. A shared library is refused,
   * because it uses the malloc of the program that loads it.
   */
  static ElfFile program(Path file, ElfFile library) throws IOException {
    ElfFile elf = readable(file, library);
    if (elf.interpreter().isEmpty() || elf.soname().isPresent()) {
      throw refusal(
          file,
          "it is a shared library, which uses the malloc of the program that loads it: onemalloc link --kind shared %s says whether it does"
              .formatted(file));
    }
    checkOwnMalloc(file, elf);
    return elf;
  }

  /**
   * Refuses a program that defines malloc, or is built with a sanitizer, whose library must be
   * first.
   */
  private static void checkOwnMalloc(Path file, ElfFile elf) {
    for (String runtime : elf.needed()) {
      if (StartHazards.isSanitizer(runtime)) {
        throw refusal(
            file,
            "it is built with a sanitizer (%s), which brings its own malloc and must be the first library: link the build without it"
                .formatted(runtime));
      }
    }
    if (elf.exports("malloc")) {
      throw refusal(
          file,
          "it defines malloc itself, which the loader prefers: build it without that allocator");
    }
  }

  private static void checkLoader(Path file, ElfFile elf) {
    String loader = elf.interpreter().orElse("");
    if (!loader.isEmpty() && !ElfPrograms.isLoader(loader)) {
      throw refusal(
          file, "its loader is " + loader + ", and only those of glibc and musl are supported");
    }
  }

  /**
   * Refuses to call a file proven that runs with the rights of another user since it was linked:
   * the loader ends such a program, because it names the allocator relative to itself.
   */
  static void rights(Path file) throws IOException {
    if (isSetId(file)) {
      throw LinkException.unproven(
          "%s became set-user-ID or set-group-ID after it was linked, and does not start with the rights of another user: undo the link, or take that right away."
              .formatted(file));
    }
  }

  private static boolean isSetId(Path file) throws IOException {
    return ((int) Files.getAttribute(file, "unix:mode") & SET_ID) != 0;
  }

  /**
   * Refuses a program whose name leaves no room for the names of the files that are made for it.
   */
  static void names(Target target) {
    List<Path> made =
        new ArrayList<>(
            List.of(SafeFiles.beside(target.record()), SafeFiles.beside(target.pending())));
    target.files().forEach(file -> made.add(StartProof.copyOf(SafeFiles.beside(file))));
    for (Path file : made) {
      int length = file.getFileName().toString().getBytes(StandardCharsets.UTF_8).length;
      if (length > LONGEST_NAME) {
        throw refusal(
            target.root(),
            "its name is %d bytes too long for the files that are made for it: give it a shorter one"
                .formatted(length - LONGEST_NAME));
      }
    }
  }

  /** Refuses programs while a process runs one of them: it could load half of the new image. */
  static void notRunning(List<Path> programs) throws IOException {
    Map<Object, Path> keys = new HashMap<>();
    for (Path program : programs) {
      keys.put(Files.readAttributes(program, "unix:dev,ino"), program);
    }
    long self = ProcessHandle.current().pid();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String pid = process.getFileName().toString();
        if (pid.chars().allMatch(Character::isDigit) && Long.parseLong(pid) != self) {
          Path running = keys.get(executable(process));
          if (running != null) {
            throw refusal(running, "process " + pid + " runs it: end it first");
          }
        }
      }
    }
  }

  private static Object executable(Path process) {
    try {
      return Files.readAttributes(process.resolve("exe"), "unix:dev,ino");
    } catch (IOException e) {
      return Map.of(); // the process ended or is another user's, or is a kernel thread
    }
  }

  private static LinkException refusal(Path file, String why) {
    return LinkException.unusable("%s is left as it is: %s.".formatted(file, why));
  }
}
