package org.onemalloc.inspect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.onemalloc.inspect.archive.NativeFile;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.foreign.NativeModules;
import org.onemalloc.inspect.hazard.Arrival;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.ElfFile;
import org.onemalloc.objectfile.ElfKind;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Files that the loader model does not open: those in archives, and those for other systems. They
 * are read last, when it is known which of them count.
 */
final class FilesAside {
  /** A file, and the path that led to it. */
  private record Found(Path root, NativeFile file) {
    boolean isElf() {
      return file.format() == NativeFormat.ELF;
    }

    /** Whether a user has named it, and no directory or archive that it lies in. */
    boolean isNamed() {
      return file.name().equals(root.toString());
    }
  }

  /** What was read of a file: an ELF file with its allocators, other modules, or why not. */
  private record Content(
      Found found,
      Optional<ElfFile> elf,
      List<PrivateAllocator> allocators,
      List<NativeModule> modules,
      Optional<Exception> failure) {}

  private final List<Found> all = new ArrayList<>();
  private final Consumer<String> notes;

  FilesAside(Consumer<String> notes) {
    this.notes = notes;
  }

  void add(Path root, NativeFile file) {
    all.add(new Found(root, file));
  }

  boolean hasElf() {
    return all.stream().anyMatch(Found::isElf);
  }

  /** How many are for other processes than this one and were not named by the user. */
  int countForeign(Optional<Namespace> host) {
    return (int) all.stream().filter(found -> isForeign(found, host)).count();
  }

  /** Describes every file in order, or all but the foreign ones. */
  List<Part> describe(Optional<Namespace> host, boolean foreignToo) {
    List<Content> contents =
        all.parallelStream()
            .filter(found -> foreignToo || !isForeign(found, host))
            .map(FilesAside::read)
            .toList();
    List<Part> parts = new ArrayList<>();
    for (Content content : contents) {
      content.failure().ifPresent(e -> refuse(content.found(), e, notes));
      content
          .elf()
          .map(elf -> LooseFile.describe(elf, content.allocators(), host, Programs.isProgram(elf)))
          .ifPresent(parts::add);
      for (NativeModule module : content.modules()) {
        parts.add(new Part(module, Optional.empty(), Arrival.LOOSE));
      }
    }
    return parts;
  }

  /** Whether its first bytes say that no such process opens it. */
  private static boolean isForeign(Found found, Optional<Namespace> host) {
    Optional<ElfKind> kind = ElfKind.of(found.file().start());
    return !found.isNamed()
        && !(kind.isPresent() && kind.equals(host.map(h -> h.program().file().kind())));
  }

  private static Content read(Found found) {
    NativeFile file = found.file();
    try {
      if (!found.isElf()) {
        List<NativeModule> modules = NativeModules.of(file.name(), file.bytes());
        return new Content(found, Optional.empty(), List.of(), modules, Optional.empty());
      }
      ElfFile elf = ElfFile.over(file.bytes(), file.name());
      int _ = elf.dynamicSymbols().size(); // decoded here, by many threads
      return new Content(
          found, Optional.of(elf), PrivateAllocators.in(elf), List.of(), Optional.empty());
    } catch (ObjectFileException | IOException e) {
      return new Content(found, Optional.empty(), List.of(), List.of(), Optional.of(e));
    }
  }

  private static void refuse(Found found, Exception e, Consumer<String> notes) {
    refuse(found.isNamed(), found.file().name(), e, notes);
  }

  /** One damaged file among many is a note; by itself it is an error. */
  static void refuse(boolean named, String name, Exception e, Consumer<String> notes) {
    if (named) {
      throw e instanceof ObjectFileException damaged
          ? damaged
          : new ObjectFileException(name + " cannot be read: " + e.getMessage());
    }
    notes.accept("Not looked at: " + e.getMessage());
  }
}
