package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Optional;

/**
 * What was found about one subject.
 *
 * @param subject the file, directory or process as it was named
 * @param modules every native module, in the order in which the loader takes them where there is
 *     one
 * @param hazards what can go wrong, the worst first
 * @param live what only a live process has
 * @param notes sentences on what could not be looked at, and why
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
   * The module behind the malloc of the whole process: what the program's own calls are bound to,
   * else what libc's are.
   *
   * @return empty where there is no program among the modules, or nothing is known of its calls
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
                                .filter(module -> module.name().endsWith("/libc.so.6"))
                                .findFirst()
                                .flatMap(NativeModule::mallocProvider)));
  }
}
