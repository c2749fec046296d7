package org.onemalloc.probe.allocator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.onemalloc.probe.allocator.LoadedObject.Slot;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.OwnMemory;

/**
 * Which allocator serves this process, read from its memory: the addresses that the JVM's and every
 * other library's calls of the malloc family lead to, as the loader has set them, and whether
 * glibc's own heap is empty beside another allocator.
 *
 * @param provider the file that serves libjvm's malloc; empty if it is unknown
 * @param allocator the kind of allocator in it: {@code system} for glibc, or {@code mimalloc},
 *     {@code jemalloc}, {@code tcmalloc}, {@code snmalloc}, {@code other}; empty if it is unknown
 * @param evidence one sentence for each check that passed
 * @param failures one sentence for each call that leads elsewhere, and for memory in glibc's heap
 * @param unseen one sentence for each check that could not be made
 * @param glibcBytes what glibc's own heap holds; empty if it is unknown
 */
public record Bindings(
    String provider,
    String allocator,
    List<String> evidence,
    List<String> failures,
    List<String> unseen,
    OptionalLong glibcBytes) {

  /** With more, a sentence says how many. */
  private static final int MOST_SENTENCES = 8;

  private static final Set<String> FREEING = Set.of("free", "cfree");

  private static final int LOOKS = 3;
  private static final long LOADING_MILLIS = 200;

  private static final String JVM = "/libjvm.so";

  /**
   * Returns whether the provider is known, no call leads elsewhere, and nothing was left unseen.
   *
   * @return whether the allocator is proven
   */
  public boolean proven() {
    return !provider.isEmpty() && failures.isEmpty() && unseen.isEmpty();
  }

  /** What is known of the objects that were read before; not thread-safe. */
  public static final class Known {
    private final Map<Mapping, Optional<LoadedObject>> objects = new HashMap<>();

    /** Creates the knowledge of nothing. */
    public Known() {}

    private Optional<LoadedObject> of(Mapping first, List<Mapping> mappings, OwnMemory memory)
        throws IOException {
      Optional<LoadedObject> object = objects.get(first);
      if (object == null) {
        object = LoadedObject.of(first, mappings, memory);
        objects.put(first, object);
      }
      return object;
    }
  }

  /**
   * Examines this process. What cannot be read is unseen, never an exception. What speaks against
   * the allocator, or was not seen, is only believed if it lasts: the loader may be loading a
   * library meanwhile.
   *
   * @param known what was read before, so that only new objects are read
   * @return what was found
   */
  public static Bindings ofThisProcess(Known known) {
    Bindings bindings = look(known);
    for (int again = 0; !bindings.proven() && again < LOOKS; again++) {
      try {
        TimeUnit.MILLISECONDS.sleep(LOADING_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return bindings;
      }
      bindings = look(known);
    }
    return bindings;
  }

  private static Bindings look(Known known) {
    try (OwnMemory memory = new OwnMemory()) {
      return new Look(known, Mapping.ofThisProcess(), memory).judge();
    } catch (IOException | RuntimeException e) {
      return new Bindings(
          "",
          "",
          List.of(),
          List.of(),
          List.of("The memory of the process cannot be read: " + e.getMessage() + "."),
          OptionalLong.empty());
    }
  }

  private static final class Look {
    private final Known known;
    private final List<Mapping> mappings;
    private final OwnMemory memory;
    private final List<LoadedObject> objects = new ArrayList<>();
    private final Set<String> failures = new LinkedHashSet<>();
    private final Set<String> unseen = new LinkedHashSet<>();

    Look(Known known, List<Mapping> mappings, OwnMemory memory) {
      this.known = known;
      this.mappings = mappings;
      this.memory = memory;
    }

    Bindings judge() throws IOException {
      for (Mapping mapping : mappings) {
        boolean isFirst =
            mapping.isOfFile()
                && mapping.offset() == 0
                && objects.stream().noneMatch(object -> object.covers(mapping));
        if (isFirst) {
          try {
            known.of(mapping, mappings, memory).ifPresent(objects::add);
          } catch (IOException | RuntimeException e) {
            unseen.add("The calls of " + mapping.file() + " are unknown: " + e.getMessage() + ".");
          }
        }
      }
      Optional<Mapping> served = providerOfJvm();
      if (served.isEmpty()) {
        return new Bindings(
            "", "", List.of(), List.of(), List.copyOf(unseen), OptionalLong.empty());
      }
      Mapping provider = served.get();
      Optional<LoadedObject> object = objectOf(provider);
      int slots = 0;
      for (LoadedObject each : objects) {
        for (Slot slot : each.calls()) {
          slots += judge(each, slot, provider) ? 1 : 0;
        }
      }
      String kind = object.map(found -> kind(found.exported())).orElse("other");
      OptionalLong held = GlibcHeap.of(mappings, memory).heldBytes();
      List<String> evidence = new ArrayList<>();
      evidence.add(
          "%d references of %d objects to functions that allocate or free lead to %s."
              .formatted(slots, objects.size(), provider.file()));
      if (!kind.equals("system")) {
        judgeGlibc(held, evidence);
      }
      return new Bindings(provider.file(), kind, evidence, some(failures), some(unseen), held);
    }

    private Optional<Mapping> providerOfJvm() throws IOException {
      Optional<LoadedObject> jvm =
          objects.stream().filter(each -> each.file().endsWith(JVM)).findFirst();
      Optional<Slot> malloc =
          jvm.stream()
              .flatMap(each -> each.calls().stream())
              .filter(slot -> slot.function().equals("malloc") && slot.isCall())
              .findFirst();
      if (malloc.isEmpty()) {
        unseen.add("libjvm.so's reference to malloc was not found.");
        return Optional.empty();
      }
      Optional<Mapping> target = Mapping.at(memory.word(malloc.get().address()), mappings);
      boolean isPending = target.isPresent() && target.get().isSameFile(jvm.get().mapping());
      if (target.isEmpty() || !target.get().isOfFile() || isPending) {
        unseen.add("libjvm.so's reference to malloc leads to no library.");
        return Optional.empty();
      }
      return target;
    }

    private Optional<LoadedObject> objectOf(Mapping mapping) {
      return objects.stream().filter(each -> each.mapping().isSameFile(mapping)).findFirst();
    }

    /** Judges one reference, and returns whether it leads to the provider. */
    private boolean judge(LoadedObject caller, Slot slot, Mapping provider) throws IOException {
      long address = memory.word(slot.address());
      Optional<Mapping> target = Mapping.at(address, mappings);
      if (address == 0) {
        return false; // weak, and defined nowhere
      }
      if (target.isPresent() && target.get().isSameFile(provider)) {
        return true;
      }
      Optional<LoadedObject> object = target.flatMap(this::objectOf);
      boolean isOwn = target.isPresent() && target.get().isSameFile(caller.mapping());
      boolean isOther =
          object.isPresent()
              && object.get().exported().contains(slot.function())
              && !passesOn(object.get(), slot);
      if (isOther) {
        failures.add(
            "%s of %s leads to %s.".formatted(slot.function(), caller.file(), target.get().file()));
      } else if (object.isEmpty() && slot.isCall()) {
        unseen.add(
            "%s of %s leads to memory that is no library's."
                .formatted(slot.function(), caller.file()));
      } else if (!isOwn && slot.isCall() && !passesOn(object.get(), slot)) {
        unseen.add(
            "%s of %s leads into %s, which does not define it."
                .formatted(slot.function(), caller.file(), target.get().file()));
      }
      // A call into its own object has not been made yet, or data that the program has changed.
      return false;
    }

    /**
     * Returns whether an object's operators of C++ call the malloc of the process: it takes what
     * allocates, or for an operator delete what frees, from others. One that only frees elsewhere
     * has blocks of its own.
     */
    private static boolean passesOn(LoadedObject object, Slot slot) {
      if (!LoadedObject.isOperator(slot.function())) {
        return false;
      }
      boolean frees = slot.function().startsWith("_Zd");
      return object.undefined().stream()
          .anyMatch(
              function ->
                  function.startsWith("_Z")
                      ? function.startsWith("_Zd") == frees
                      : FREEING.contains(function) == frees);
    }

    private void judgeGlibc(OptionalLong held, List<String> evidence) {
      if (held.isEmpty()) {
        unseen.add("What glibc's own heap holds is unknown: its layout was not recognised.");
      } else if (held.getAsLong() > 0) {
        failures.add("glibc's own heap holds %,d bytes.".formatted(held.getAsLong()));
      } else {
        evidence.add("glibc's own heap is empty.");
      }
    }

    private static List<String> some(Set<String> sentences) {
      List<String> some = new ArrayList<>(sentences);
      if (some.size() > MOST_SENTENCES) {
        int more = some.size() - MOST_SENTENCES;
        some = new ArrayList<>(some.subList(0, MOST_SENTENCES));
        some.add("So do %d more.".formatted(more));
      }
      return List.copyOf(some);
    }
  }

  /** Returns the kind of allocator that exports these names. */
  static String kind(Set<String> exported) {
    if (exported.contains("gnu_get_libc_version")) {
      return "system";
    }
    if (exported.contains("tc_version")) {
      return "tcmalloc";
    }
    if (exported.contains("sn_rust_alloc")) {
      return "snmalloc";
    }
    if (exported.contains("mi_version")) {
      return "mimalloc";
    }
    boolean jemalloc = exported.contains("mallctl") || exported.contains("je_mallctl");
    return jemalloc ? "jemalloc" : "other";
  }
}
