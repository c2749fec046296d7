package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.inspect.process.MallocProvider.Kind;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.objectfile.elf.GlibcNames;

/**
 * Finds the library that provides {@code malloc} to a process, and the other allocators in it. Not
 * thread-safe.
 *
 * <p>The rule is the loader's: of the objects in the global scope, in the order of its list, the
 * first that exports {@code malloc} serves every reference (gABI, "Shared Object Dependencies").
 * glibc maps objects in that order too, so that once libc is mapped, everything before it is
 * mapped; musl maps its libc first, so that only a live process shows the order. Calls that do not
 * follow that order (through a handle of dlopen, RTLD_DEEPBIND) reach another allocator only if a
 * file that contains one is mapped. Such a file is named as a {@link SecondAllocator}; {@link
 * GlibcHeap} shows those calls that reach glibc.
 */
public final class MallocProviders {
  private final KnownFiles known = new KnownFiles();

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
    return new LiveLook(new ProcessFiles(pid), known).judge();
  }

  /**
   * Judges a process, which may have ended, by the order in which it mapped files. The order proves
   * nothing about a program that maps its C library twice (LD_AUDIT, dlmopen(3)).
   *
   * @param pid the process id
   * @param mapped the files whose code was mapped since the process executed its program, that
   *     program first, as far as the first C library
   * @return the provider of its malloc; {@link Kind#NOT_YET} if it ended before it had a C library
   */
  public MallocProvider of(long pid, List<MappedFile> mapped) {
    if (mapped.isEmpty()) {
      return answer(Kind.NOT_YET, MappedFile.NONE, "", List.of());
    }
    MappedFile executable = mapped.getFirst();
    Optional<FileFacts> program = known.of(pid, executable, true);
    if (program.isEmpty()) {
      return answer(Kind.NOT_YET, MappedFile.NONE, executable.name(), List.of())
          .unknown(gone(executable));
    }
    if (program.get().isEmulator()) {
      return answer(Kind.NOT_YET, MappedFile.NONE, executable.name(), List.of())
          .unknown(emulates(executable));
    }
    List<String> copies = program.get().copies();
    Kind kind = ofProgram(program.get());
    MallocProvider none = answer(Kind.NOT_YET, MappedFile.NONE, executable.name(), copies);
    if (kind != Kind.NOT_YET) {
      return answer(kind, executable, executable.name(), copies);
    }
    if (program.get().isOfMusl()) {
      return ofMusl(pid, mapped, none);
    }
    MallocProvider found = none;
    FileFacts provider = program.get();
    Map<MappedFile, FileFacts> read = new LinkedHashMap<>(Map.of(executable, program.get()));
    List<MappedFile> after = new ArrayList<>();
    List<SecondAllocator> seconds =
        new ArrayList<>(early(executable, program.get()).stream().toList());
    for (MappedFile file : mapped.subList(1, mapped.size())) {
      Optional<FileFacts> facts = known.of(pid, file, false);
      if (facts.isEmpty()) {
        return none.unknown(gone(file));
      }
      read.put(file, facts.get());
      boolean first = found.kind() == Kind.NOT_YET;
      if (GlibcNames.isLibc(file.name())) {
        if (!facts.get().isGlibc()) {
          return none.unknown(file.name() + " is not glibc's C library");
        }
        found = first ? answer(Kind.GLIBC, file, executable.name(), copies) : found;
        break;
      }
      if (first && facts.get().exportsMalloc()) {
        found = answer(Kind.OTHER, file, executable.name(), copies);
        provider = facts.get();
      } else if (first) {
        early(file, facts.get())
            .or(() -> second(file, facts.get(), Use.UNKNOWN, "it comes before the provider"))
            .ifPresent(seconds::add);
      } else {
        after.add(file);
      }
    }
    for (MappedFile file : after) {
      FileFacts facts = read.get(file);
      Optional<String> call = callOf(alone(facts, provider), file, read);
      second(
              file,
              facts,
              call.isPresent() ? Use.UNKNOWN : Use.NO,
              call.orElse("it comes after the provider"))
          .ifPresent(seconds::add);
    }
    for (SecondAllocator second : seconds) {
      found = found.with(second);
    }
    return found;
  }

  /**
   * Returns whether a process, which has ended, was the dynamic loader alone, as when ldd(1) asks
   * it whether it can load a program. It ended before it had loaded the C library that the program
   * needs, so nothing but the loader ran.
   *
   * @param pid the process id
   * @param mapped all files whose code was mapped since the process executed its program, that
   *     program first
   * @return false for another program that is only called alike
   */
  public boolean isLoaderAlone(long pid, List<MappedFile> mapped) {
    if (mapped.isEmpty() || !GlibcNames.isLoader(mapped.getFirst().name()) || mapped.size() > 2) {
      return false;
    }
    boolean loader =
        known
            .of(pid, mapped.getFirst(), true)
            .filter(facts -> ofProgram(facts) == Kind.NOT_YET)
            .isPresent();
    return loader
        && (mapped.size() == 1
            || known.of(pid, mapped.getLast(), false).filter(FileFacts::needsGlibc).isPresent());
  }

  /**
   * Judges a program of musl: its C library is mapped before everything else, and what it maps is
   * not followed to its start, so that the order shows nothing.
   */
  private MallocProvider ofMusl(long pid, List<MappedFile> mapped, MallocProvider none) {
    MallocProvider found = none;
    for (MappedFile file : mapped.subList(1, mapped.size())) {
      Optional<FileFacts> facts = known.of(pid, file, false);
      if (facts.isEmpty()) {
        return none.unknown(gone(file));
      }
      if (facts.get().isMusl()) {
        found = answer(Kind.MUSL, file, none.executable(), none.copies()).asOfMusl();
      } else if (facts.get().allocates() || !facts.get().copies().isEmpty()) {
        return none.unknown(
            "it ended before it was looked at, and the order in which musl maps files does not show"
                + " whether "
                + file.name()
                + " served it");
      }
    }
    return found;
  }

  /**
   * Adds what a file means that a process, which may have ended, mapped after its C library.
   *
   * @param pid the process id
   * @param file the file whose code was mapped
   * @param before the provider of the process as known so far
   * @return the provider with the allocator in the file, or with one that only the file calls
   */
  public MallocProvider later(long pid, MappedFile file, MallocProvider before) {
    FileFacts facts = known.of(pid, file, false).orElse(null);
    if (facts == null) {
      return before.with(new SecondAllocator(file, Use.UNKNOWN, gone(file)));
    }
    MallocProvider found =
        second(file, facts, Use.UNKNOWN, "it was loaded after the C library")
            .map(before::with)
            .orElse(before);
    for (SecondAllocator second : before.seconds()) {
      if (second.use() == Use.NO) {
        found =
            callOf(alone(pid, second, before), second.file(), Map.of(file, facts))
                .map(call -> new SecondAllocator(second.file(), Use.UNKNOWN, call))
                .map(found::with)
                .orElse(found);
      }
    }
    return found;
  }

  private Set<String> alone(long pid, SecondAllocator second, MallocProvider before) {
    Optional<FileFacts> provider = known.of(pid, before.library(), false);
    Optional<FileFacts> other = known.of(pid, second.file(), false);
    return provider.isPresent() && other.isPresent()
        ? alone(other.get(), provider.get())
        : Set.of();
  }

  /** Returns the functions that a process can reach only in an allocator behind the provider. */
  private static Set<String> alone(FileFacts second, FileFacts provider) {
    Set<String> alone = new TreeSet<>(second.defines());
    alone.removeAll(provider.defines());
    return alone;
  }

  private static Optional<String> callOf(
      Set<String> functions, MappedFile definedIn, Map<MappedFile, FileFacts> files) {
    for (Map.Entry<MappedFile, FileFacts> file : files.entrySet()) {
      if (!file.getKey().equals(definedIn)) {
        for (String call : file.getValue().calls()) {
          if (functions.contains(call)) {
            return Optional.of(call + " of " + file.getKey().name() + " may be bound to it");
          }
        }
      }
    }
    return Optional.empty();
  }

  static Optional<SecondAllocator> second(
      MappedFile file, FileFacts facts, Use use, String evidence) {
    if (facts.isAuditor()) {
      String audits = "it is an auditor of the loader, which may bind malloc elsewhere";
      return Optional.of(new SecondAllocator(file, Use.UNKNOWN, audits));
    }
    if (!facts.copies().isEmpty()) {
      String inside = "it has " + String.join(" and ", facts.copies()) + " inside for its own use";
      return Optional.of(new SecondAllocator(file, Use.UNKNOWN, inside));
    }
    return facts.allocates()
        ? Optional.of(new SecondAllocator(file, use, evidence))
        : Optional.empty();
  }

  /**
   * Returns the allocator in a file that precedes the provider of malloc, and is not a whole one.
   */
  static Optional<SecondAllocator> early(MappedFile file, FileFacts facts) {
    return facts.allocates() && !facts.exportsMalloc()
        ? Optional.of(
            new SecondAllocator(
                file,
                Use.YES,
                "it precedes the provider of malloc and defines "
                    + String.join(", ", facts.defines())))
        : Optional.empty();
  }

  private static MallocProvider answer(
      Kind kind, MappedFile library, String executable, List<String> copies) {
    return new MallocProvider(
        kind,
        library,
        executable,
        kind == Kind.OTHER && library.name().equals(executable) ? List.of() : copies,
        List.of(),
        "",
        false,
        "");
  }

  /** Returns why the provider is unknown in an emulator. */
  static String emulates(MappedFile program) {
    return program.name() + " emulates another program, whose allocator is not seen from outside";
  }

  private static String gone(MappedFile file) {
    return file.name() + " was removed or replaced before it could be read";
  }

  /** Returns the kind that the executable alone determines, or {@link Kind#NOT_YET}. */
  static Kind ofProgram(FileFacts program) {
    if (program.exportsMalloc()) {
      return Kind.OTHER;
    }
    if (program.isOfGlibc() || program.isOfMusl()) {
      return Kind.NOT_YET;
    }
    if (program.hasGlibcInside()) {
      return Kind.STATIC_GLIBC;
    }
    return program.copies().isEmpty() ? Kind.STATIC_NONE : Kind.STATIC;
  }
}
