package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * The examination of one live process at one moment.
 *
 * <p>If a process executes another program or ends while its maps are read, the maps are
 * incomplete: proc_pid_maps(5) is read in pieces, and later pieces are empty. The stack is above
 * every mapped file, so maps without a stack are rejected.
 */
final class LiveLook {
  private static final String LIBJVM = "/lib/server/libjvm.so";
  private static final String STACK = "[stack]";

  private final ProcessFiles files;
  private final KnownFiles known;
  private final List<Mapping> mappings;
  private final String executable;
  private final Map<MappedFile, List<Mapping>> code = new LinkedHashMap<>();
  private final Map<MappedFile, FileFacts> allocators = new LinkedHashMap<>();
  private final List<MappedFile> harmless = new ArrayList<>();
  private final Set<Long> libcs = new LinkedHashSet<>();
  private Optional<MappedFile> libc = Optional.empty();
  private Optional<MappedFile> program = Optional.empty();
  private List<String> copies = List.of();
  private String home = "";
  private boolean complete;
  private boolean ofMusl;

  LiveLook(ProcessFiles files, KnownFiles known) throws IOException {
    this.files = files;
    this.known = known;
    this.mappings = Mapping.of(files.pid());
    this.executable = files.executable();
    for (Mapping mapping : mappings) {
      MappedFile file = mapping.mapped();
      String name = file.name();
      complete |= name.equals(STACK);
      if (!name.startsWith("/")) {
        continue;
      }
      code.computeIfAbsent(file, any -> new ArrayList<>()).add(mapping);
      if (name.equals(executable)) {
        program = Optional.of(file);
      }
      if (GlibcNames.isLibc(name)) {
        libc = Optional.of(file);
        if (mapping.isExecutable()) {
          libcs.add(mapping.start() - mapping.offset());
        }
      }
      String former = file.formerName();
      home =
          former.endsWith(LIBJVM) ? former.substring(0, former.length() - LIBJVM.length()) : home;
    }
  }

  MallocProvider judge() throws IOException {
    if (!complete || program.isEmpty()) {
      return answer(Kind.NOT_YET, MappedFile.NONE);
    }
    Optional<FileFacts> facts = facts(program.get());
    if (facts.isEmpty()) {
      return unknown(executable + " can no longer be read");
    }
    if (facts.get().isEmulator()) {
      return unknown(MallocProviders.emulates(program.get()));
    }
    Kind kind = MallocProviders.ofProgram(facts.get());
    copies = kind == Kind.OTHER ? List.of() : facts.get().copies();
    if (kind == Kind.STATIC_NONE && hasAllocated()) {
      return answer(Kind.STATIC, program.get());
    }
    if (kind != Kind.NOT_YET) {
      return answer(kind, program.get());
    }
    ofMusl = facts.get().isOfMusl();
    if (ofMusl) {
      libc = musl();
    }
    if (libc.isEmpty()) {
      return answer(Kind.NOT_YET, MappedFile.NONE);
    }
    for (Map.Entry<MappedFile, List<Mapping>> file : code.entrySet()) {
      if (file.getValue().stream().noneMatch(Mapping::isExecutable)) {
        continue;
      }
      Optional<FileFacts> read = facts(file.getKey());
      if (read.isEmpty()) {
        return unknown(file.getKey().name() + " is mapped and can no longer be read");
      }
      if (file.getKey().equals(libc.get()) && !ofMusl && !read.get().isGlibc()) {
        return unknown(libc.get().name() + " is not glibc's C library");
      }
      boolean inside = !file.getKey().equals(program.get()) && !read.get().copies().isEmpty();
      if (read.get().allocates() || inside || read.get().isAuditor()) {
        allocators.put(file.getKey(), read.get());
      } else if (!file.getKey().formerName().equals(file.getKey().name())) {
        // Who only knows the name, as of a compiler's code in a memfd, cannot read it.
        harmless.add(file.getKey());
      }
    }
    MallocProvider found = allocators.isEmpty() ? answer(ofLibc(), libc.get()) : ordered();
    for (MappedFile file : harmless) {
      found = found.with(new SecondAllocator(file, Use.NO, "it contains no allocator"));
    }
    return libcs.size() > 1
        ? found.with(
            new SecondAllocator(
                libc.get(),
                Use.UNKNOWN,
                "it is loaded twice (dlmopen, LD_AUDIT), with a heap each"))
        : found;
  }

  /**
   * Returns musl's C library, which the kernel maps with the program, whatever its file is called.
   */
  private Optional<MappedFile> musl() throws IOException {
    for (MappedFile file : code.keySet()) {
      if (facts(file).filter(FileFacts::isMusl).isPresent()) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private Kind ofLibc() {
    return ofMusl ? Kind.MUSL : Kind.GLIBC;
  }

  /**
   * Returns whether the process has memory of its own beside the data of its program and its
   * stacks.
   */
  private boolean hasAllocated() {
    long endOfProgram = 0;
    for (Mapping mapping : mappings) {
      String name = mapping.file();
      boolean ofProgram =
          mapping.mapped().equals(program.orElseThrow())
              || (name.isEmpty() && mapping.start() == endOfProgram);
      if (ofProgram) {
        endOfProgram = mapping.end();
      } else if (name.equals("[heap]") || (name.isEmpty() && mapping.isWritable())) {
        return true;
      }
    }
    return false;
  }

  /** Judges by the order of the loader's own list; the maps are sorted by address. */
  private MallocProvider ordered() throws IOException {
    try (Memory memory = Memory.of(files.pid())) {
      List<Mapping> own = code.get(program.get());
      LoadedModule main =
          LoadedModule.of(
              program.get().formerName(), ElfFile.read(files.file(own.getFirst())), own);
      List<LinkMap.Entry> listed = LinkMap.read(memory, main);
      List<MappedFile> order = order(listed);
      int libcPlace = order.indexOf(libc.get());
      if (libcPlace < 0) {
        return answer(Kind.NOT_YET, MappedFile.NONE);
      }
      MappedFile provider =
          order.subList(0, libcPlace).stream()
              .filter(file -> allocators.containsKey(file))
              .filter(file -> allocators.get(file).exportsMalloc())
              .findFirst()
              .orElse(libc.get());
      MallocProvider found = answer(provider.equals(libc.get()) ? ofLibc() : Kind.OTHER, provider);
      allocators.remove(provider);
      if (!allocators.isEmpty()) {
        List<MappedFile> early = order.subList(0, order.indexOf(provider));
        Seconds seconds = new Seconds(files, memory, mappings, main, listed);
        for (Map.Entry<MappedFile, FileFacts> other : allocators.entrySet()) {
          Optional<SecondAllocator> second =
              early.contains(other.getKey())
                  ? MallocProviders.early(other.getKey(), other.getValue())
                  : Optional.empty();
          found = found.with(second.orElseGet(() -> seconds.of(other.getKey(), other.getValue())));
        }
      }
      return found;
    } catch (AccessDeniedException e) {
      return unknown(
          String.join(" and ", allocators.keySet().stream().map(MappedFile::name).toList())
              + " could serve it before glibc, and this user may not read its memory to see the"
              + " order");
    } catch (ObjectFileException e) {
      return unknown(executable + " can no longer be read");
    }
  }

  /** Returns the mapped files in the order of the loader's list. */
  private List<MappedFile> order(List<LinkMap.Entry> listed) {
    List<MappedFile> order = new ArrayList<>();
    for (LinkMap.Entry entry : listed) {
      for (Map.Entry<MappedFile, List<Mapping>> file : code.entrySet()) {
        if (file.getValue().stream().anyMatch(m -> m.contains(entry.dynamicSection()))) {
          order.add(file.getKey());
        }
      }
    }
    return order;
  }

  private Optional<FileFacts> facts(MappedFile file) throws IOException {
    return known.of(files, code.get(file).getFirst(), file.equals(program.orElseThrow()));
  }

  private MallocProvider answer(Kind kind, MappedFile library) {
    return new MallocProvider(kind, library, executable, copies, List.of(), "", ofMusl, home);
  }

  private MallocProvider unknown(String reason) {
    return answer(Kind.NOT_YET, MappedFile.NONE).unknown(reason);
  }
}
