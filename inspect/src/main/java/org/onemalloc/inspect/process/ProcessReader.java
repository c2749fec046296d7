package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.onemalloc.inspect.hazard.Arrival;
import org.onemalloc.inspect.hazard.Part;
import org.onemalloc.inspect.privateallocator.PrivateAllocators;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.InspectException;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.LiveState.OtherAllocator;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.ProcessLookup;

/** Reads everything about one process. */
final class ProcessReader {
  private final ProcessFiles files;
  private final Consumer<String> notes;

  ProcessReader(ProcessFiles files, Consumer<String> notes) {
    this.files = files;
    this.notes = notes;
  }

  LiveProcess read(boolean attach) throws IOException {
    List<Mapping> mappings = Mapping.of(files.pid());
    if (mappings.isEmpty()) {
      throw new InspectException(
          "Process %d (%s) has no memory: it is a kernel thread, or has ended."
              .formatted(files.pid(), files.name()));
    }
    LoadedModules loaded = new LoadedModules(files, mappings);
    LoadedModule program = loaded.program(notes).orElseThrow(this::noProgram);
    Map<String, String> environment = environment();
    boolean seen = true;
    List<LoadedModule> modules;
    List<List<Call>> calls = new ArrayList<>();
    try (Memory memory = Memory.of(files.pid())) {
      modules = loaded.all(program, LinkMap.read(memory, program), notes);
      BoundSlots slots = new BoundSlots(memory, modules, mappings);
      for (LoadedModule module : modules) {
        calls.add(calls(slots, module));
      }
    } catch (AccessDeniedException e) {
      notes.accept(refusedMemory());
      seen = false;
      modules = loaded.all(program, List.of(), notes);
      modules.forEach(module -> calls.add(List.of()));
    }
    Set<LoadedModule> atStart = StartSet.of(program, modules, environment);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < modules.size(); i++) {
      LoadedModule module = modules.get(i);
      boolean isProgram = module.path().equals(program.path());
      Arrival later = atStart.contains(module) ? Arrival.START : Arrival.OPENED;
      parts.add(
          new Part(
              describe(module, isProgram, calls.get(i)),
              Optional.of(module.file()),
              isProgram ? Arrival.PROGRAM : later));
    }
    return new LiveProcess(
        parts,
        Lookup.expected(files, modules).stream()
            .map(
                module ->
                    new Part(
                        describe(module, false, List.of()),
                        Optional.of(module.file()),
                        Arrival.OPENED))
            .toList(),
        state(seen, attach, modules, environment),
        environment,
        files.pageSize());
  }

  private InspectException noProgram() {
    return new InspectException(
        "The program of process %d (%s) cannot be read as an ELF file: it was replaced or removed."
            .formatted(files.pid(), files.name()));
  }

  private List<Call> calls(BoundSlots slots, LoadedModule module) throws IOException {
    try {
      return slots.of(module);
    } catch (ObjectFileException e) {
      notes.accept("The relocations of " + module.path() + " cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  /**
   * Returns the note for a process whose memory may not be read: Yama
   * (Documentation/admin-guide/LSM/Yama.rst) lets a user read maps, but not memory.
   */
  private static String refusedMemory() {
    return "The bindings of the calls are unknown: this user may not read the memory of the"
        + " process. Run onemalloc as root, or set kernel.yama.ptrace_scope to 0.";
  }

  private NativeModule describe(LoadedModule module, boolean isProgram, List<Call> calls) {
    ElfFile file = module.file();
    List<String> overrides = overrides(file);
    return new NativeModule(
        module.path(),
        "elf",
        file.machine().name(),
        isProgram ? Role.HOST : Role.GUEST,
        calls,
        overrides,
        PrivateAllocators.in(file, overrides));
  }

  /**
   * Returns the functions that other modules may bind to, except those of a C library and of a
   * library made for lookups.
   */
  private List<String> overrides(ElfFile file) {
    try {
      List<String> exported =
          file.dynamicSymbols().stream()
              .filter(ElfSymbol::isExported)
              .map(ElfSymbol::name)
              .filter(AllocationFunction::isReplaceable)
              .distinct()
              .sorted()
              .toList();
      return FileFacts.isRuntime(file) || ProcessLookup.isOne(file) ? List.of() : exported;
    } catch (ObjectFileException e) {
      notes.accept("The symbols of " + file.name() + " cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  private LiveState state(
      boolean seen, boolean attach, List<LoadedModule> modules, Map<String, String> environment)
      throws IOException {
    Optional<GlibcHeap> heap = seen ? GlibcHeap.of(files.pid()) : Optional.empty();
    heap.flatMap(GlibcHeap::unknown)
        .ifPresent(
            reason -> notes.accept("How much glibc's own heap holds is unknown: " + reason + "."));
    List<String> command = files.command();
    boolean isJava = modules.stream().anyMatch(module -> module.path().endsWith("/libjvm.so"));
    if (attach && !isJava) {
      notes.accept("The process has no Java virtual machine to attach to.");
    }
    return new LiveState(
        host(),
        files.pid(),
        command,
        Settings.of(environment),
        seen,
        files.memory(),
        heap.flatMap(state -> boxed(state.systemBytes())),
        heap.flatMap(state -> boxed(state.mappedBytes())),
        seen ? others() : List.of(),
        isJava
            ? Optional.of(Jvm.state(files.pid(), command, environment, attach, notes))
            : Optional.empty());
  }

  /** Returns what {@code compare} would say against the process: both judge by the same rule. */
  private List<OtherAllocator> others() throws IOException {
    MallocProvider provider = new MallocProviders().of(files.pid());
    if (provider.kind() == MallocProvider.Kind.UNKNOWN) {
      return List.of(new OtherAllocator(provider.executable(), false, provider.reason()));
    }
    return provider.seconds().stream()
        .filter(second -> second.use() != Use.NO)
        .map(
            second ->
                new OtherAllocator(
                    second.file().name(), second.use() == Use.YES, second.evidence()))
        .toList();
  }

  /** Returns the name of this machine as uname(2) has it. */
  private static String host() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
  }

  private static Optional<Long> boxed(OptionalLong value) {
    return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
  }

  private Map<String, String> environment() throws IOException {
    try {
      return files.environment();
    } catch (AccessDeniedException e) {
      notes.accept("Its environment may not be read.");
      return new TreeMap<>();
    }
  }
}
