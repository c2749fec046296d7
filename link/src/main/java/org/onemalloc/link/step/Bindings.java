package org.onemalloc.link.step;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.onemalloc.allocators.MallocFamily;
import org.onemalloc.link.LinkException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;

/**
 * Compiles the binding for an artifact. The sources are resources of this module. The compiler is
 * the one that links, so machine and ABI are those of the artifact.
 */
/*
 * Design note. The object comes after everything else, in an archive of its own. A linker takes a
 * member of an archive only if the member defines a symbol that is still undefined. So an artifact
 * without the seam gets no binding, and an artifact whose shared library or archive brought the
 * seam keeps the binding of that library: there is never a second binding. With -fno-plt the
 * binding calls malloc by one jump through the table of addresses, as a PLT entry does, so a call
 * through the seam costs the same number of jumps as a call of malloc.
 */
final class Bindings {
  static final String HOST = "host";

  /** Tells a direct binding that no loader can put another allocator before the linked one. */
  static final String STATIC = "-DONEMALLOC_STATIC";

  private static final List<String> OPTIONS =
      List.of("-x", "c", "-std=gnu11", "-O2", "-fPIC", "-fno-plt", "-fno-lto", "-g0", "-w");

  private Bindings() {}

  /**
   * Returns the name of the direct binding for an allocator: the allocator's own binding if the
   * allocator defines all functions that the binding calls, or else {@code malloc}.
   */
  static String direct(Predicate<String> defined) {
    if (List.of("mallocx", "rallocx", "xallocx", "sdallocx", "nallocx", "mallctl").stream()
            .allMatch(defined)
        && !defined.test("tc_version")) {
      return "jemalloc";
    }
    return hasMimalloc("", defined) || hasMimalloc(MallocFamily.OWN_PREFIX, defined)
        ? "mimalloc"
        : "malloc";
  }

  private static boolean hasMimalloc(String prefix, Predicate<String> defined) {
    return List.of(
            "mi_malloc_aligned",
            "mi_zalloc_aligned",
            "mi_realloc_aligned",
            "mi_expand",
            "mi_usable_size",
            "mi_good_size")
        .stream()
        .allMatch(name -> defined.test(prefix + name));
  }

  /** Returns what the compiler must be told of the names in an allocator, for a direct binding. */
  static List<String> names(Predicate<String> defined) {
    return hasMimalloc(MallocFamily.OWN_PREFIX, defined)
        ? List.of("-DMIMALLOC_PREFIX=\"" + MallocFamily.OWN_PREFIX + "\"")
        : List.of();
  }

  /** Compiles a binding. */
  static Path object(String name, String compiler, List<String> machine, Path work)
      throws IOException {
    for (String source : List.of("onemalloc.h", "rules.h", "direct.h", name + ".c")) {
      String folder = source.equals("onemalloc.h") ? "include/" : "bindings/";
      try (InputStream in = Bindings.class.getResourceAsStream("native/" + folder + source)) {
        Files.write(work.resolve(source), in.readAllBytes());
      }
    }
    Path object = work.resolve(Archive.BINDING);
    List<String> command = new ArrayList<>(List.of(compiler));
    command.addAll(machine);
    command.addAll(OPTIONS);
    command.addAll(List.of("-I", work.toString(), "-c", work.resolve(name + ".c").toString()));
    command.addAll(List.of("-o", object.toString()));
    Processes.Result result = Processes.hear(command);
    if (result.exitCode() != 0) {
      throw cannotCompile(compiler, result, work);
    }
    return object;
  }

  /** Compiles nothing, and returns the kind of the object: that of all that this compiler makes. */
  static ElfKind kind(String compiler, List<String> machine, Path work) throws IOException {
    Path source = Files.writeString(work.resolve("kind.c"), "int onemalloc_kind;\n");
    Path object = work.resolve("kind.o");
    List<String> command = new ArrayList<>(List.of(compiler));
    command.addAll(machine);
    command.addAll(OPTIONS);
    command.addAll(List.of("-c", source.toString(), "-o", object.toString()));
    Processes.Result result = Processes.hear(command);
    if (result.exitCode() != 0) {
      throw cannotCompile(compiler, result, work);
    }
    return ElfFile.read(object).kind();
  }

  private static LinkException cannotCompile(String compiler, Processes.Result result, Path work) {
    return LinkException.unusable(
        "%s cannot compile the binding (%s): give the link step of a C compiler, or set CC to one."
            .formatted(compiler, Processes.lastWord(result.output(), work)));
  }

  /** Writes an archive that contains the object alone. */
  static Path archive(Path object, Path work) throws IOException {
    return Files.write(
        work.resolve("libonemalloc-binding.a"), Archive.ofBinding(Files.readAllBytes(object)));
  }

  /** Refuses an allocator that is for another machine than the artifact. */
  static void checkMachine(Path object, ElfFile allocator) throws IOException {
    ElfFile ours = ElfFile.read(object);
    if (!ours.machine().equals(allocator.machine()) || ours.is64Bit() != allocator.is64Bit()) {
      throw LinkException.unusable(
          "The command links for %s (%d-bit), and the allocator %s is for %s (%d-bit): give one for the same machine."
              .formatted(
                  ours.machine().name(),
                  ours.is64Bit() ? 64 : 32,
                  allocator.name(),
                  allocator.machine().name(),
                  allocator.is64Bit() ? 64 : 32));
    }
  }
}
