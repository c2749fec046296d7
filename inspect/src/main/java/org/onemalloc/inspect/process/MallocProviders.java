package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.objectfile.ObjectFileException;
import org.onemalloc.objectfile.elf.ElfFile;

/**
 * Finds the library that provides {@code malloc} to a live process. What is read of a file is kept,
 * so that thousands of processes of the same programs cost little. Not thread-safe.
 *
 * <p>The rule is the loader's: of the objects in the global scope, in the order of its list, the
 * first that exports {@code malloc} serves every reference (gABI, "Shared Object Dependencies").
 * glibc maps objects in that order too, so that once libc is mapped, everything before it is
 * mapped. Calls that do not follow that order (through a handle of dlopen, RTLD_DEEPBIND, a copy
 * inside a library) are not seen here; {@link GlibcHeap} shows those that reach glibc.
 *
 * <p>If a process executes another program or ends while its maps are read, the maps are
 * incomplete: proc_pid_maps(5) is read in pieces, and later pieces are empty. The stack is above
 * every mapped file, so maps without a stack are rejected.
 */
public final class MallocProviders {
  private static final String LIBJVM = "/lib/server/libjvm.so";
  private static final String STACK = "[stack]";

  private final Map<String, FileFacts> facts = new HashMap<>();

  /** Creates an instance that knows no file. */
  public MallocProviders() {}

  /**
   * Examines a process, which is neither stopped nor attached to.
   *
   * @param pid the process id
   * @return the provider of its malloc, as far as it is known
   * @throws AccessDeniedException if this user may not examine it
   * @throws IOException if it has ended
   */
  public MallocProvider of(long pid) throws IOException {
    ProcessFiles files = new ProcessFiles(pid);
    List<Mapping> mappings = Mapping.of(pid);
    String executable = files.executable();
    Map<String, List<Mapping>> code = new LinkedHashMap<>();
    String libc = "";
    String home = "";
    boolean complete = false;
    for (Mapping mapping : mappings) {
      String file = mapping.file();
      complete |= file.equals(STACK);
      if (file.startsWith("/")) {
        code.computeIfAbsent(file, name -> new ArrayList<>()).add(mapping);
        libc = GlibcHeap.isLibc(file) ? file : libc;
        home = file.endsWith(LIBJVM) ? file.substring(0, file.length() - LIBJVM.length()) : home;
      }
    }
    if (!complete || !code.containsKey(executable)) {
      return new MallocProvider(Kind.NOT_YET, "", executable, List.of(), "", home);
    }
    return new Look(files, executable, code, libc, home).judge();
  }

  /**
   * Judges a process, which may have ended, by the order in which it mapped files. The order proves
   * nothing about a program that maps its C library twice (LD_AUDIT, dlmopen(3)).
   *
   * @param mapped the files whose code was mapped since the process executed its program, that
   *     program first, as far as the first C library or further
   * @return the provider of its malloc; {@link Kind#NOT_YET} if it ended before it had a C library
   */
  public MallocProvider of(List<MappedFile> mapped) {
    if (mapped.isEmpty()) {
      return new MallocProvider(Kind.NOT_YET, "", "", List.of(), "", "");
    }
    String executable = mapped.getFirst().name();
    Optional<FileFacts> program = factsOf(mapped.getFirst(), true);
    if (program.isEmpty()) {
      return gone(executable, executable, List.of());
    }
    List<String> copies = program.get().copies();
    Kind kind = ofProgram(program.get());
    if (kind != Kind.NOT_YET) {
      return answer(kind, executable, executable, kind == Kind.OTHER ? List.of() : copies);
    }
    for (MappedFile file : mapped.subList(1, mapped.size())) {
      if (GlibcHeap.isLibc(file.name())) {
        return answer(Kind.GLIBC, file.name(), executable, copies);
      }
      Optional<FileFacts> known = factsOf(file, false);
      if (known.isEmpty()) {
        return gone(file.name(), executable, copies);
      }
      if (known.get().exportsMalloc()) {
        return answer(Kind.OTHER, file.name(), executable, copies);
      }
    }
    return answer(Kind.NOT_YET, "", executable, copies);
  }

  private static MallocProvider answer(
      Kind kind, String file, String executable, List<String> copies) {
    return new MallocProvider(kind, file, executable, copies, "", "");
  }

  private static MallocProvider gone(String file, String executable, List<String> copies) {
    String reason = file + " was removed or replaced before it could be read";
    return new MallocProvider(Kind.UNKNOWN, "", executable, copies, reason, "");
  }

  /** Returns the kind that the executable alone determines, or {@link Kind#NOT_YET}. */
  private static Kind ofProgram(FileFacts program) {
    if (program.exportsMalloc()) {
      return Kind.OTHER;
    }
    if (program.isOfGlibc()) {
      return Kind.NOT_YET;
    }
    return program.hasGlibcInside() ? Kind.STATIC_GLIBC : Kind.STATIC;
  }

  /** Returns empty if the file was removed or replaced. */
  private Optional<FileFacts> factsOf(MappedFile mapped, boolean program) {
    try {
      Path file = Path.of(mapped.name());
      Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino");
      // The kernel may show another device than stat(2), on overlayfs and btrfs.
      boolean replaced =
          found.get("dev").equals(mapped.device()) && !found.get("ino").equals(mapped.inode());
      return replaced ? Optional.empty() : Optional.of(factsOf(file, program));
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  private FileFacts factsOf(Path file, boolean program) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    String key = attributes.fileKey() + " " + attributes.lastModifiedTime();
    FileFacts known = facts.get(key);
    if (known == null || (program && !known.isProgram())) {
      known = FileFacts.of(file, program);
      facts.put(key, known);
    }
    return known;
  }

  /** The examination of one process at one moment. */
  private final class Look {
    private final ProcessFiles files;
    private final String executable;
    private final Map<String, List<Mapping>> code;
    private final String libc;
    private final String home;

    Look(
        ProcessFiles files,
        String executable,
        Map<String, List<Mapping>> code,
        String libc,
        String home) {
      this.files = files;
      this.executable = executable;
      this.code = code;
      this.libc = libc;
      this.home = home;
    }

    MallocProvider judge() throws IOException {
      Optional<FileFacts> program = factsOf(executable);
      if (program.isEmpty()) {
        return unknown(executable + " can no longer be read", List.of());
      }
      List<String> copies = program.get().copies();
      Kind kind = ofProgram(program.get());
      if (kind != Kind.NOT_YET) {
        return answer(kind, executable, kind == Kind.OTHER ? List.of() : copies);
      }
      if (libc.isEmpty()) {
        return answer(Kind.NOT_YET, "", copies);
      }
      List<String> candidates = new ArrayList<>();
      for (Map.Entry<String, List<Mapping>> file : code.entrySet()) {
        boolean isCode = file.getValue().stream().anyMatch(Mapping::isExecutable);
        if (!isCode || file.getKey().equals(libc) || file.getKey().equals(executable)) {
          continue;
        }
        Optional<FileFacts> known = factsOf(file.getKey());
        if (known.isEmpty()) {
          return unknown(file.getKey() + " is mapped and can no longer be read", copies);
        }
        if (known.get().exportsMalloc()) {
          candidates.add(file.getKey());
        }
      }
      return candidates.isEmpty() ? answer(Kind.GLIBC, libc, copies) : first(candidates, copies);
    }

    /**
     * Returns the first candidate in the order of the loader's own list; the maps are sorted by
     * address.
     */
    private MallocProvider first(List<String> candidates, List<String> copies) throws IOException {
      List<LinkMap.Entry> listed;
      try (Memory memory = Memory.of(files.pid())) {
        ElfFile file = ElfFile.read(files.file(code.get(executable).getFirst()));
        LoadedModule module = LoadedModule.of(executable, file, code.get(executable));
        listed = LinkMap.read(memory, module);
      } catch (AccessDeniedException e) {
        return unknown(
            String.join(" and ", candidates)
                + " could serve it before glibc, and this user may not read its memory to see the"
                + " order",
            copies);
      } catch (ObjectFileException e) {
        return unknown(executable + " can no longer be read", copies);
      }
      for (LinkMap.Entry entry : listed) {
        for (Map.Entry<String, List<Mapping>> file : code.entrySet()) {
          boolean here = file.getValue().stream().anyMatch(m -> m.contains(entry.dynamicSection()));
          if (here && candidates.contains(file.getKey())) {
            return answer(Kind.OTHER, file.getKey(), copies);
          }
          if (here && file.getKey().equals(libc)) {
            return answer(Kind.GLIBC, libc, copies);
          }
        }
      }
      return answer(Kind.NOT_YET, "", copies);
    }

    private MallocProvider answer(Kind kind, String file, List<String> copies) {
      return new MallocProvider(kind, file, executable, copies, "", home);
    }

    private MallocProvider unknown(String reason, List<String> copies) {
      return new MallocProvider(Kind.UNKNOWN, "", executable, copies, reason, home);
    }

    /** Returns empty if the file does not exist. */
    private Optional<FileFacts> factsOf(String name) throws IOException {
      try {
        Path file = files.file(code.get(name).getFirst());
        return Optional.of(MallocProviders.this.factsOf(file, name.equals(executable)));
      } catch (AccessDeniedException e) {
        throw e;
      } catch (IOException | InvalidPathException e) {
        if (!files.exist()) {
          throw new IOException("it has ended", e);
        }
        return Optional.empty();
      }
    }
  }
}
