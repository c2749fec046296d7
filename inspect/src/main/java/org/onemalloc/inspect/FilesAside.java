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
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfKind;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * Files that the loader model does not open: those in archives, and those for other systems. They
 * are read last, when the host is known and so which of them count.
 */
final class FilesAside {
  /** A file, and the path that led to it. */
  private record Found(Path root, NativeFile file) {
    boolean isElf() {
      return file.format() == NativeFormat.ELF;
    }

    boolean isObject() {
      return LinkerInput.isObject(file.start());
    }

    /**
     * Returns whether the user named the file itself, and not a directory or archive that contains
     * it.
     */
    boolean isNamed() {
      return file.name().equals(root.toString());
    }
  }

  /**
   * What was read of a file: an ELF file with its allocators, other modules, or the reason why it
   * could not be read.
   */
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

  /** Returns whether there is a file that a process would open. */
  boolean hasLibrary() {
    return all.stream().anyMatch(found -> found.isElf() && !found.isObject());
  }

  /** Returns whether there is an object that is linked into something else. */
  boolean hasObject() {
    return all.stream().anyMatch(Found::isObject);
  }

  /**
   * Returns how many files are for other processes than the host and were not named by the user.
   */
  int countForeign(Optional<Namespace> host) {
    return (int) all.stream().filter(found -> isForeign(found, host)).count();
  }

  /**
   * The descriptions, in order.
   *
   * @param fitting the files of the process: those that it would open, and objects to link with it
   * @param foreign the others
   */
  record Described(List<Part> fitting, List<Part> foreign) {}

  /**
   * Describes the files.
   *
   * @param host the process that would open them
   * @param foreignToo whether to describe files for other processes too
   */
  Described describe(Optional<Namespace> host, boolean foreignToo) {
    List<Content> contents =
        all.parallelStream()
            .filter(found -> foreignToo || !isForeign(found, host))
            .map(FilesAside::read)
            .toList();
    LinkerInput objects = new LinkerInput();
    contents.stream()
        .flatMap(content -> content.elf().stream())
        .filter(LinkerInput::isObject)
        .forEach(objects::add);
    Described described = new Described(new ArrayList<>(), new ArrayList<>());
    int mute = 0;
    for (Content content : contents) {
      content.failure().ifPresent(e -> refuse(content.found(), e, notes));
      for (NativeModule module : content.modules()) {
        described.foreign().add(new Part(module, Optional.empty(), Arrival.LOOSE));
      }
      if (content.elf().isPresent()) {
        Part part = describe(content.elf().get(), content.allocators(), objects, host);
        boolean object = LinkerInput.isObject(content.elf().get());
        if (object && isMute(part.module())) {
          mute++;
          continue;
        }
        boolean linked = object && !isForeign(content.found(), host);
        boolean fits = part.arrival() == Arrival.OPENED || linked;
        (fits ? described.fitting() : described.foreign()).add(part);
      }
    }
    if (mute > 0) {
      notes.accept(mute + " objects neither call malloc nor define it.");
    }
    return described;
  }

  private static boolean isMute(NativeModule module) {
    return module.calls().isEmpty()
        && module.overrides().isEmpty()
        && module.privateAllocators().isEmpty();
  }

  private static Part describe(
      ElfFile elf,
      List<PrivateAllocator> allocators,
      LinkerInput objects,
      Optional<Namespace> host) {
    if (LinkerInput.isObject(elf)) {
      return objects.describe(elf, allocators);
    }
    return ElfPrograms.isStatic(elf)
        ? StaticProgram.describe(elf, Arrival.LOOSE)
        : LooseFile.describe(elf, allocators, host, ElfPrograms.isProgram(elf));
  }

  /** Returns whether its first bytes show that the host cannot open it. */
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
      int _ = elf.dynamicSymbols().size(); // decoded here, on many threads, or refused
      int _ = elf.hashedSymbols().size();
      int _ = elf.relocations().size();
      int _ = LinkerInput.isObject(elf) ? elf.linkerSymbols().size() : 0; // refused here
      return new Content(
          found, Optional.of(elf), PrivateAllocators.in(elf), List.of(), Optional.empty());
    } catch (ObjectFileException | IOException e) {
      return new Content(found, Optional.empty(), List.of(), List.of(), Optional.of(e));
    }
  }

  private static void refuse(Found found, Exception e, Consumer<String> notes) {
    refuse(found.isNamed(), found.file().name(), e, notes);
  }

  /** Adds a note on a damaged file; throws if the user named the file itself. */
  static void refuse(boolean named, String name, Exception e, Consumer<String> notes) {
    if (named) {
      throw e instanceof ObjectFileException damaged
          ? damaged
          : new ObjectFileException(name + " cannot be read: " + e.getMessage());
    }
    notes.accept("Not inspected: " + e.getMessage());
  }
}
