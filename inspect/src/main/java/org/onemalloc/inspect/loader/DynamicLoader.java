package org.onemalloc.inspect.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfType;
import org.onemalloc.objectfile.elf.StubObject;
import org.onemalloc.text.KernelLines;

/**
 * The dynamic loader of this machine, or of another one whose files are here: its configuration,
 * and every file that it has read so far, each parsed once. Files are expected not to change while
 * it is in use.
 *
 * <p>Not thread-safe, and neither are the namespaces made by it.
 */
public final class DynamicLoader {
  private static final String CACHE_FILE = "etc/ld.so.cache";
  private static final String PRELOAD_FILE = "etc/ld.so.preload";

  private final Map<Object, SharedFile> byIdentity = new HashMap<>();
  private final Map<String, Opened> byPath = new HashMap<>();
  private final Map<String, Interpreter> interpreters = new HashMap<>();
  private final LdSoCache cache;
  private final List<String> hwcaps;
  private final List<String> preloads;
  private final Path root;
  private final boolean foreign;

  /**
   * The result of opening a file: its content, or why it was refused; neither if it does not exist.
   */
  private record Opened(SharedFile file, Object identity, String refusal) {}

  private DynamicLoader(
      LdSoCache cache, List<String> hwcaps, List<String> preloads, Path root, boolean foreign) {
    this.cache = cache;
    this.hwcaps = hwcaps;
    this.preloads = preloads;
    this.root = root;
    this.foreign = foreign;
  }

  /**
   * Returns the loader of this machine, with {@code /etc/ld.so.cache}, {@code /etc/ld.so.preload}
   * and the glibc-hwcaps directories of this processor.
   *
   * @return a new loader that has read no library
   */
  public static DynamicLoader ofThisMachine() {
    Path root = Path.of("/");
    return new DynamicLoader(
        LdSoCache.read(root.resolve(CACHE_FILE)),
        Processor.hwcapDirectories(Path.of("/proc/cpuinfo")),
        preloads(root),
        root,
        false);
  }

  /**
   * Returns the loader of another machine. A library that is missing here may be there: programs go
   * on without it, and {@link Namespace#missing()} has it. So it is with the loader's own file.
   *
   * @param root the directory that is {@code /} there, whose files come before those of this
   *     machine; empty if there are none
   * @return a new loader that has read no library
   */
  public static DynamicLoader ofAnotherMachine(Optional<Path> root) {
    Path base = root.orElse(Path.of("/"));
    boolean read = root.isPresent();
    return new DynamicLoader(
        read ? LdSoCache.read(base.resolve(CACHE_FILE)) : LdSoCache.empty(),
        List.of(),
        read ? preloads(base) : List.of(),
        base,
        true);
  }

  private static List<String> preloads(Path root) {
    try {
      return KernelLines.of(root.resolve(PRELOAD_FILE)).stream()
          .map(line -> line.indexOf('#') < 0 ? line : line.substring(0, line.indexOf('#')))
          .flatMap(line -> Arrays.stream(line.split("[: \t]+", -1)))
          .filter(name -> !name.isEmpty())
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * Starts a program, as exec(2) and the loader would.
   *
   * @param program a dynamically linked executable, or a library, as for {@code ld.so LIBRARY}
   * @param preloads libraries to preload before those that the environment names: paths, or names
   *     to search for
   * @param environment the whole environment; LD_LIBRARY_PATH and LD_PRELOAD count
   * @return the process when main begins, before any dlopen(3)
   * @throws ObjectFileException if the program is not a well-formed ELF file, is not dynamically
   *     linked, or its interpreter does not exist
   * @throws IOException if the program cannot be read
   */
  public Namespace start(Path program, List<String> preloads, Map<String, String> environment)
      throws IOException {
    SharedFile file = read(program);
    if (!file.elf().isDynamic()) {
      throw new ObjectFileException(
          program + " is not dynamically linked: no loader binds anything in it.");
    }
    return new Namespace(this, program.toString(), file, preloads, environment);
  }

  /**
   * Starts a program without any preloaded library.
   *
   * @param program a dynamically linked executable or a library
   * @param environment the whole environment
   * @return the process when main begins
   * @throws ObjectFileException as {@link #start(Path, List, Map)}
   * @throws IOException if the program cannot be read
   */
  public Namespace start(Path program, Map<String, String> environment) throws IOException {
    return start(program, List.of(), environment);
  }

  /**
   * Reads a file, or returns what was read before, under whatever name.
   *
   * @param path any file
   * @return its content, whose symbols and relocations are well-formed
   * @throws ObjectFileException if it is not a well-formed ELF file
   * @throws IOException if it cannot be read
   */
  public ElfFile file(Path path) throws IOException {
    return read(path).elf();
  }

  private SharedFile read(Path path) throws IOException {
    Object identity = identity(path);
    SharedFile known = identity == null ? null : byIdentity.get(identity);
    if (known == null) {
      known = new SharedFile(ElfFile.read(path)).checked();
      if (identity != null) {
        byIdentity.put(identity, known);
      }
    }
    return known;
  }

  private static Object identity(Path path) throws IOException {
    return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
  }

  /**
   * Opens a library (elf/dl-load.c, open_verify).
   *
   * @param like a file of the class and machine of the process
   * @return the file; null if it does not exist or is for another machine, so that the search goes
   *     on
   * @throws Refused if the loader ends its search here with an error
   */
  SharedFile open(String path, ElfFile like) throws Refused {
    Opened opened = byPath.computeIfAbsent(path, this::tryToOpen);
    if (opened.refusal() != null) {
      throw new Refused(opened.refusal());
    }
    SharedFile file = opened.file();
    if (file == null || !file.elf().kind().equals(like.kind())) {
      return null;
    }
    if (file.elf().type() != ElfType.DYN && file.elf().type() != ElfType.EXEC) {
      throw new Refused("only ET_DYN and ET_EXEC can be loaded");
    }
    return file;
  }

  /** Returns the device and inode of a file that was opened before; null if it was not. */
  Object identity(String path) {
    Opened opened = byPath.get(path);
    return opened == null ? null : opened.identity();
  }

  private Opened tryToOpen(String path) {
    try {
      Path file = placeOf(Path.of(path));
      if (!Files.isReadable(file)) {
        return new Opened(null, null, null);
      }
      return new Opened(read(file), identity(file), null);
    } catch (ObjectFileException e) {
      return new Opened(null, null, e.getMessage());
    } catch (IOException | InvalidPathException e) {
      return new Opened(null, null, null);
    }
  }

  /**
   * Returns where a file is on this machine.
   *
   * @param path its path on the machine of the loader
   * @return the path below the root of the other machine, if there is one and it has the file
   */
  public Path placeOf(Path path) {
    if (!foreign || !path.isAbsolute()) {
      return path;
    }
    Path below = root.resolve(path.getRoot().relativize(path));
    return Files.exists(below) ? below : path;
  }

  /** Returns whether what is not here may be on the machine of the process. */
  boolean mayBeElsewhere() {
    return foreign;
  }

  /** Returns whether a file that was to be opened exists. */
  boolean has(String path) {
    return identity(path) != null;
  }

  /** Returns the loader that a program names; for a library, that of this machine. */
  Interpreter interpreter(ElfFile program) {
    String path = program.interpreter().orElseGet(() -> usualInterpreter(program));
    Interpreter known = interpreters.get(path);
    if (known == null) {
      known = Interpreter.of(path, readInterpreter(path, program));
      interpreters.put(path, known);
    }
    return known;
  }

  private SharedFile readInterpreter(String path, ElfFile program) {
    try {
      SharedFile file = open(path, program);
      if (file != null) {
        return file;
      }
    } catch (Refused e) {
      throw new ObjectFileException(
          "%s asks for the loader %s, which is unusable: %s"
              .formatted(program.name(), path, e.getMessage()));
    }
    if (foreign) {
      String name = path.substring(path.lastIndexOf('/') + 1);
      return new SharedFile(ElfFile.of(StubObject.create(program, name, List.of()), path));
    }
    throw new ObjectFileException(
        "%s asks for the loader %s, which does not exist or is for another machine."
            .formatted(program.name(), path));
  }

  /** Returns the interpreter of the psABI (glibc, sysdeps/unix/sysv/linux/ARCH/ldconfig.h). */
  private static String usualInterpreter(ElfFile library) {
    boolean wide = library.is64Bit();
    boolean little = library.byteOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    return switch (library.machine().name()) {
      case "x86" -> "/lib/ld-linux.so.2";
      case "x86-64" -> wide ? "/lib64/ld-linux-x86-64.so.2" : "/libx32/ld-linux-x32.so.2";
      case "aarch64" -> "/lib/ld-linux-aarch64.so.1";
      case "arm" -> "/lib/ld-linux-armhf.so.3";
      case "riscv" -> "/lib/ld-linux-riscv64-lp64d.so.1";
      case "ppc64" -> little ? "/lib64/ld64.so.2" : "/lib64/ld64.so.1";
      case "s390" -> wide ? "/lib/ld64.so.1" : "/lib/ld.so.1";
      case "loongarch" -> "/lib64/ld-linux-loongarch-lp64d.so.1";
      default -> "/lib/ld.so.1";
    };
  }

  /** Returns the libraries of /etc/ld.so.preload. */
  List<String> preloadsOfMachine() {
    return preloads;
  }

  /** Returns the glibc-hwcaps directories of this processor, best first. */
  List<String> hwcapDirectories() {
    return hwcaps;
  }

  /** Returns the file that the cache has for a name, for processes like {@code like}. */
  Optional<String> cached(String name, ElfFile like) {
    LdSoCache.Entry best = null;
    int bestPriority = Integer.MAX_VALUE;
    for (LdSoCache.Entry entry : cache.find(name)) {
      int priority = entry.hwcap().isEmpty() ? hwcaps.size() : hwcaps.indexOf(entry.hwcap());
      if (entry.flags() == cacheFlags(like) && priority >= 0 && priority < bestPriority) {
        best = entry;
        bestPriority = priority;
      }
    }
    return Optional.ofNullable(best).map(LdSoCache.Entry::path);
  }

  /** Returns _DL_CACHE_DEFAULT_ID of an architecture (sysdeps/.../dl-cache.h and ldconfig.h). */
  private static int cacheFlags(ElfFile like) {
    boolean wide = like.is64Bit();
    return switch (like.machine().name()) {
      case "x86-64" -> wide ? 0x0303 : 0x0803;
      case "aarch64" -> 0x0a03;
      case "arm" -> 0x0903;
      case "ppc64" -> 0x0503;
      case "s390" -> wide ? 0x0403 : 0x0003;
      case "riscv" -> 0x1003;
      case "loongarch" -> 0x1103;
      default -> 0x0003;
    };
  }
}
