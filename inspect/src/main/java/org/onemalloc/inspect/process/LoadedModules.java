package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/** Finds and reads the programs and libraries of a process. */
final class LoadedModules {
  private final ProcessFiles files;
  private final Map<String, List<Mapping>> byFile = new LinkedHashMap<>();

  LoadedModules(ProcessFiles files, List<Mapping> mappings) {
    this.files = files;
    for (Mapping mapping : mappings) {
      if (mapping.file().startsWith("/")) {
        byFile.computeIfAbsent(mapping.file(), file -> new ArrayList<>()).add(mapping);
      }
    }
  }

  /**
   * Returns the name of a module: that of its file when it was mapped. The kernel adds a mark when
   * the file is removed, as by an upgrade, and the module is still the same.
   */
  private String name(String file) {
    String former = MappedFile.formerName(file);
    return byFile.containsKey(former) ? file : former;
  }

  /**
   * Reads the executable.
   *
   * @return the executable; empty if its file does not exist or is no longer mapped
   */
  Optional<LoadedModule> program(Consumer<String> notes) throws IOException {
    String path = files.executable();
    return Optional.ofNullable(byFile.get(path)).flatMap(mappings -> read(path, mappings, notes));
  }

  /**
   * Reads all code: the objects of the loader's list, in its order, and then other executable
   * mappings, by address.
   *
   * @param program the executable, which was read before
   * @param listed the loader's list
   */
  List<LoadedModule> all(LoadedModule program, List<LinkMap.Entry> listed, Consumer<String> notes) {
    ConcurrentLinkedQueue<String> sentences = new ConcurrentLinkedQueue<>();
    List<LoadedModule> read =
        byFile.entrySet().parallelStream()
            .filter(entry -> isCode(entry.getValue(), listed))
            .map(
                entry ->
                    name(entry.getKey()).equals(program.path())
                        ? Optional.of(program)
                        : read(entry.getKey(), entry.getValue(), sentences::add))
            .flatMap(Optional::stream)
            .toList();
    sentences.stream().sorted().forEach(notes);
    Set<LoadedModule> ordered = new LinkedHashSet<>(List.of(program));
    for (LinkMap.Entry entry : listed) {
      read.stream()
          .filter(module -> isNew(module, ordered) && module.contains(entry.dynamicSection()))
          .forEach(module -> ordered.add(module.at(entry.base())));
    }
    read.stream().filter(module -> isNew(module, ordered)).forEach(ordered::add);
    return List.copyOf(ordered);
  }

  private static boolean isNew(LoadedModule module, Set<LoadedModule> known) {
    return known.stream().noneMatch(other -> other.path().equals(module.path()));
  }

  private static boolean isCode(List<Mapping> mappings, List<LinkMap.Entry> listed) {
    return mappings.stream().anyMatch(Mapping::isExecutable)
        || listed.stream()
            .anyMatch(e -> mappings.stream().anyMatch(m -> m.contains(e.dynamicSection())));
  }

  private Optional<LoadedModule> read(String path, List<Mapping> mappings, Consumer<String> notes) {
    try {
      ElfFile file = ElfFile.read(files.file(mappings.getFirst()));
      return Optional.of(LoadedModule.of(name(path), file, mappings));
    } catch (ObjectFileException e) {
      return Optional.empty();
    } catch (IOException | InvalidPathException e) {
      notes.accept(path + " is mapped, but its file can no longer be read: not inspected.");
      return Optional.empty();
    }
  }
}
