package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.ElfFile;
import org.onemalloc.objectfile.ElfSymbol;
import org.onemalloc.objectfile.ObjectFileException;

/** Looks at a live process from outside. It is neither stopped nor attached to. */
public final class LiveProcess {
  private final ProcessFiles files;
  private final List<String> notes = new ArrayList<>();

  private LiveProcess(ProcessFiles files) {
    this.files = files;
  }

  /**
   * Looks at a process.
   *
   * @param pid its number
   * @param attach whether to ask a Java virtual machine in it too, through jcmd
   * @return its modules with what their calls are bound to, and its state; no hazards yet
   * @throws InspectException if there is no such process, it is a thread of the kernel, it may not
   *     be looked at, or it ends meanwhile
   */
  public static Inspection inspect(long pid, boolean attach) {
    ProcessFiles files = new ProcessFiles(pid);
    if (!files.exist()) {
      throw new InspectException("There is no process " + pid + ".");
    }
    LiveProcess process = new LiveProcess(files);
    try {
      return process.inspect(attach);
    } catch (AccessDeniedException e) {
      throw new InspectException(
          "Process %d (%s) belongs to %s and may not be looked at: run onemalloc as that user or as root."
              .formatted(pid, files.name(), files.owner()));
    } catch (IOException e) {
      throw new InspectException(
          files.exist()
              ? "Process %d (%s) cannot be read: %s.".formatted(pid, files.name(), e.getMessage())
              : "Process " + pid + " ended while it was looked at.");
    }
  }

  private Inspection inspect(boolean attach) throws IOException {
    List<Mapping> mappings = Mapping.of(files.pid());
    if (mappings.isEmpty()) {
      throw new InspectException(
          "Process %d (%s) has no memory: it is a thread of the kernel, or has ended."
              .formatted(files.pid(), files.name()));
    }
    LoadedModules loaded = new LoadedModules(files, mappings);
    LoadedModule program =
        loaded
            .program(notes::add)
            .orElseThrow(
                () ->
                    new InspectException(
                        "The program of process %d (%s) cannot be read as an ELF file: it was replaced or removed."
                            .formatted(files.pid(), files.name())));
    List<NativeModule> modules = new ArrayList<>();
    boolean seen = true;
    try (Memory memory = Memory.of(files.pid())) {
      List<LoadedModule> all = loaded.all(program, LinkMap.read(memory, program), notes::add);
      BoundSlots slots = new BoundSlots(memory, all, mappings);
      for (LoadedModule module : all) {
        modules.add(describe(module, program, calls(slots, module)));
      }
    } catch (AccessDeniedException e) {
      notes.add(refusedMemory());
      seen = false;
      for (LoadedModule module : loaded.all(program, List.of(), notes::add)) {
        modules.add(describe(module, program, List.of()));
      }
    }
    return new Inspection(
        Long.toString(files.pid()),
        modules,
        List.of(),
        Optional.of(state(seen, attach, modules)),
        notes);
  }

  private List<Call> calls(BoundSlots slots, LoadedModule module) throws IOException {
    try {
      return slots.of(module);
    } catch (ObjectFileException e) {
      notes.add("The relocations of " + module.path() + " cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  /** Yama (Documentation/admin-guide/LSM/Yama.rst) lets a user read maps, but not memory. */
  private static String refusedMemory() {
    return "What the calls are bound to was not seen: this user may not read the memory of the"
        + " process. Run onemalloc as root, or set kernel.yama.ptrace_scope to 0.";
  }

  private NativeModule describe(LoadedModule module, LoadedModule program, List<Call> calls) {
    ElfFile file = module.file();
    return new NativeModule(
        module.path(),
        "elf",
        file.machine().name(),
        module.path().equals(program.path()) ? Role.HOST : Role.GUEST,
        calls,
        overrides(file),
        List.of());
  }

  /** What others may bind to here; a C library's own functions are no override. */
  private List<String> overrides(ElfFile file) {
    try {
      List<String> exported =
          file.dynamicSymbols().stream()
              .filter(ElfSymbol::isExported)
              .map(ElfSymbol::name)
              .filter(
                  name ->
                      AllocationFunction.of(name).filter(LiveProcess::isReplaceable).isPresent())
              .distinct()
              .sorted()
              .toList();
      return isRuntime(file) ? List.of() : exported;
    } catch (ObjectFileException e) {
      notes.add("The symbols of " + file.name() + " cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  private static boolean isReplaceable(AllocationFunction function) {
    return function == AllocationFunction.FAMILY || function == AllocationFunction.OPERATOR;
  }

  private static boolean isRuntime(ElfFile file) {
    String soname = file.soname().orElse("");
    return soname.startsWith("libc.")
        || soname.startsWith("libc++")
        || soname.startsWith("libstdc++.")
        || soname.startsWith("ld-");
  }

  private LiveState state(boolean seen, boolean attach, List<NativeModule> modules)
      throws IOException {
    Optional<GlibcHeap> heap = seen ? GlibcHeap.of(files.pid()) : Optional.empty();
    List<String> command = files.command();
    Map<String, String> environment = environment();
    boolean isJava = modules.stream().anyMatch(module -> module.name().endsWith("/libjvm.so"));
    if (attach && !isJava) {
      notes.add("There is no Java virtual machine in it: nothing to attach to.");
    }
    return new LiveState(
        files.pid(),
        command,
        Settings.of(environment),
        seen,
        heap.map(GlibcHeap::systemBytes),
        heap.flatMap(
            h ->
                h.mappedBytes().isPresent()
                    ? Optional.of(h.mappedBytes().getAsLong())
                    : Optional.empty()),
        isJava
            ? Optional.of(Jvm.state(files.pid(), command, environment, attach, notes::add))
            : Optional.empty());
  }

  private Map<String, String> environment() throws IOException {
    try {
      return files.environment();
    } catch (AccessDeniedException e) {
      notes.add("Its environment may not be read.");
      return new TreeMap<>();
    }
  }
}
