package org.onemalloc.allocators;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.AliasSymbols;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfMachine;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ForkRepair;
import org.onemalloc.objectfile.elf.InitialExecTls;
import org.onemalloc.objectfile.elf.OwnDefinitionsFirst;

/**
 * The allocators that are bundled with onemalloc: the natives of org.lwjgl:lwjgl-mimalloc and
 * org.lwjgl:lwjgl-jemalloc, found as resources of the class path, whose names have a prefix.
 *
 * <p>For a whole process each is derived once per user: the names of C are added beside the
 * prefixed ones, the TLS becomes initial-exec where it is not, and the SONAME becomes onemalloc's
 * own, so that it is never mistaken for a distribution's library. mimalloc's functions call each
 * other by their exported names. So that two mimallocs in a process do not call each other's, these
 * names become onemalloc's own ({@link MallocFamily#mimallocOwnNames}), and the library prefers its
 * own definitions to those of another derived copy ({@link OwnDefinitionsFirst}). mimalloc has no
 * handlers for fork, so its locks get them, and its initialisation changes errno, which is restored
 * ({@link ForkRepair}). The result is stored in the cache directory, beside its licence, under a
 * name made of the input's digest and {@link #DERIVATION}.
 */
final class Bundled {
  /** Must be raised when {@link #derive} gives another result for the same input. */
  private static final int DERIVATION = 10;

  private static final int DIGEST_LENGTH = 12;

  private final Kind kind;
  private final ElfKind programs;
  private final String folder;

  private Bundled(Kind kind, ElfKind programs, String folder) {
    this.kind = kind;
    this.programs = programs;
    this.folder = folder;
  }

  /** Returns the bundled allocator of this kind for this machine, if there is one. */
  static Optional<Bundled> of(Kind kind) {
    return ElfKind.ofThisProcess().flatMap(own -> of(kind, own));
  }

  /** Returns the bundled allocator of this kind for programs of this kind, if there is one. */
  static Optional<Bundled> of(Kind kind, ElfKind programs) {
    String platform = "";
    if (programs.is64Bit() && programs.machine().equals(ElfMachine.X86_64)) {
      platform = "linux/x64";
    } else if (programs.is64Bit() && programs.machine().equals(ElfMachine.AARCH64)) {
      platform = "linux/arm64";
    }
    if ((kind != Kind.MIMALLOC && kind != Kind.JEMALLOC) || platform.isEmpty()) {
      return Optional.empty();
    }
    Bundled bundled = new Bundled(kind, programs, platform + "/org/lwjgl/" + kind.word() + "/");
    boolean carried = Bundled.class.getClassLoader().getResource(bundled.resource()) != null;
    return carried ? Optional.of(bundled) : Optional.empty();
  }

  private String resource() {
    return folder + "lib" + kind.word() + ".so";
  }

  private String soname() {
    return "libonemalloc-" + kind.word() + ".so";
  }

  /** Returns the first digits of the commit that it was built from, for a build without version. */
  String commit() {
    return text("META-INF/" + resource() + ".git").substring(0, 8);
  }

  /**
   * Returns the derived library and its description, to be listed only: a stored library is not
   * compared with what it should be.
   *
   * @throws AllocatorException if it cannot be derived or written
   */
  Found look(CacheDirectory cache) {
    Optional<Path> file = cache.find(name());
    return file.flatMap(f -> Memo.recall(cache, f).map(known -> new Found(f, known)))
        .orElseGet(() -> find(cache));
  }

  private String name() {
    return soname().replace(".so", "-" + digest() + "-" + DERIVATION + ".so");
  }

  /**
   * Returns the derived library and its description, to be used: a stored library is compared byte
   * for byte with what {@link #derive} returns, and replaced if it differs.
   *
   * @throws AllocatorException if it cannot be derived or written
   */
  Found find(CacheDirectory cache) {
    String name = name();
    if (cache.find(name).isEmpty()) {
      String licence = "LICENSE-" + kind.word() + ".txt";
      cache.provide(licence, bytes("org/onemalloc/allocators/" + licence));
    }
    Path file = cache.provide(name, derive());
    boolean tried = Machine.isThis(programs);
    Optional<Description> known = tried ? Memo.recall(cache, file) : Optional.empty();
    if (known.isPresent()) {
      return new Found(file, known.get());
    }
    Description description = Describer.describe(file, file, programs);
    if (tried) {
      Memo.store(cache, file, description);
    }
    return new Found(file, description);
  }

  record Found(Path library, Description description) {}

  /**
   * Returns the library with the names of C. The result is the same each time.
   *
   * @throws AllocatorException if the input is not what this derivation was made for
   */
  byte[] derive() {
    try {
      ElfFile original = ElfFile.of(bytes(resource()), resource());
      Set<String> exports = new TreeSet<>();
      original.dynamicSymbols().stream()
          .filter(ElfSymbol::isExported)
          .map(ElfSymbol::name)
          .forEach(exports::add);
      return kind == Kind.MIMALLOC ? mimalloc(original, exports) : jemalloc(original, exports);
    } catch (ObjectFileException e) {
      throw new AllocatorException(
          "The bundled %s cannot be made to replace malloc: %s"
              .formatted(kind.word(), e.getMessage()),
          e);
    }
  }

  private byte[] mimalloc(ElfFile original, Set<String> exports) {
    Map<String, String> aliases = MallocFamily.mimallocAliases(exports);
    Map<String, String> own = new HashMap<>(MallocFamily.mimallocOwnNames(exports));
    own.putAll(ForkRepair.IMPORTS);
    ElfFile repaired = ElfFile.of(ForkRepair.add(original, "mi_process_init"), soname());
    byte[] named = AliasSymbols.add(repaired, aliases, own, soname());
    return OwnDefinitionsFirst.set(ElfFile.of(named, soname()));
  }

  private byte[] jemalloc(ElfFile original, Set<String> exports) {
    Map<String, String> aliases = MallocFamily.jemallocAliases(exports);
    byte[] named = AliasSymbols.add(original, aliases, Map.of(), soname());
    ElfFile derived = ElfFile.of(named, soname());
    return derived.hasDynamicTls() ? InitialExecTls.convert(derived) : named;
  }

  /**
   * Returns the start of the SHA-1 that LWJGL ships beside the library; computing it takes time.
   */
  private String digest() {
    return text("META-INF/" + resource() + ".sha1").substring(0, DIGEST_LENGTH);
  }

  private static String text(String name) {
    return new String(bytes(name), StandardCharsets.US_ASCII).trim();
  }

  private static byte[] bytes(String name) {
    try (InputStream in = Bundled.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new AllocatorException(
            "The resource " + name + " is missing: this installation of onemalloc is incomplete.");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AllocatorException("Cannot read the resource " + name + " (" + e + ").", e);
    }
  }
}
