package org.onemalloc.inspect.process;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.elf.ElfPrograms;

/**
 * The modules that were in a process from its start: the program, what was preloaded, and what they
 * need. All others were loaded by dlopen(3); the loader itself does not record the difference.
 */
final class StartSet {
  private StartSet() {}

  static Set<LoadedModule> of(
      LoadedModule program, List<LoadedModule> modules, Map<String, String> environment) {
    Set<LoadedModule> start = new LinkedHashSet<>(List.of(program));
    for (String preload : environment.getOrDefault("LD_PRELOAD", "").split("[ :]+", -1)) {
      find(preload, modules).ifPresent(start::add);
    }
    List<LoadedModule> queue = new ArrayList<>(start);
    for (int i = 0; i < queue.size(); i++) {
      for (String needed : queue.get(i).file().needed()) {
        find(needed, modules).filter(start::add).ifPresent(queue::add);
      }
    }
    modules.stream().filter(StartSet::isLoader).forEach(start::add);
    return start;
  }

  /** Finds a module by a SONAME or a path; paths of modules contain no symbolic links. */
  static Optional<LoadedModule> find(String name, List<LoadedModule> modules) {
    String fileName = name.substring(name.lastIndexOf('/') + 1);
    return modules.stream()
        .filter(
            module ->
                module.path().equals(name)
                    || module
                        .file()
                        .soname()
                        .filter(s -> s.equals(name) || s.equals(fileName))
                        .isPresent()
                    || (!fileName.isEmpty() && module.path().endsWith("/" + fileName)))
        .findFirst();
  }

  private static boolean isLoader(LoadedModule module) {
    return module.file().soname().filter(ElfPrograms::isLoader).isPresent();
  }
}
