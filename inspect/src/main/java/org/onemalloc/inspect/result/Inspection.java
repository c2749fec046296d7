package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * The result of an inspection.
 *
 * @param subject the file, directory or process as the user named it
 * @param modules every native module, in the loader's order if there is one
 * @param hazards what can go wrong, the worst first
 * @param live what is known of a live process only
 * @param notes sentences on what could not be inspected, and why
 */
public record Inspection(
    String subject,
    List<NativeModule> modules,
    List<Hazard> hazards,
    Optional<LiveState> live,
    List<String> notes) {
  public Inspection {
    modules = List.copyOf(modules);
    hazards = List.copyOf(hazards);
    notes = List.copyOf(notes);
  }

  /**
   * Returns the module that provides the malloc of the process: the one that the program's own
   * calls are bound to, or otherwise libc's.
   *
   * @return the module; empty if there is no program among the modules, or the bindings are not
   *     known
   */
  public Optional<String> processHeap() {
    return modules.stream()
        .filter(module -> module.role() == NativeModule.Role.HOST)
        .findFirst()
        .flatMap(
            host ->
                host.mallocProvider()
                    .or(
                        () ->
                            modules.stream()
                                .filter(module -> GlibcNames.isLibc(module.name()))
                                .findFirst()
                                .flatMap(NativeModule::mallocProvider)));
  }
}
