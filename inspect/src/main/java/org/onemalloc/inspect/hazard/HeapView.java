package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.objectfile.elf.ProcessLookup;

/** A subject, and the questions that rules ask about it: which part uses which heap. */
final class HeapView {
  private static final List<String> OF_HEAP =
      List.of("malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign");

  private final Subject subject;
  private final Map<String, Part> byName = new HashMap<>();
  private final Optional<String> processHeap;

  HeapView(Subject subject) {
    this.subject = subject;
    for (Part part : members()) {
      byName.putIfAbsent(part.name(), part);
    }
    this.processHeap = findProcessHeap();
  }

  Subject subject() {
    return subject;
  }

  List<Part> parts() {
    return subject.parts();
  }

  /** Returns the parts that are in one process, without loose files. */
  List<Part> members() {
    return subject.parts().stream().filter(part -> part.arrival() != Arrival.LOOSE).toList();
  }

  Optional<Part> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** Returns the provider of the first call of this name; empty if there is no such call. */
  static Optional<String> provider(Part part, String symbol) {
    return call(part, symbol).flatMap(Call::provider);
  }

  static Optional<Call> call(Part part, String symbol) {
    return part.module().calls().stream().filter(c -> c.symbol().equals(symbol)).findFirst();
  }

  static boolean defines(Part part, String symbol) {
    return part.module().overrides().contains(symbol)
        || part.elf().filter(elf -> elf.exports(symbol)).isPresent();
  }

  /**
   * Returns the provider of a part's malloc and free; if it calls only C++'s operators, that of
   * theirs.
   */
  Optional<String> heapOf(Part part) {
    Optional<String> direct = ownHeapOf(part);
    if (direct.isPresent()) {
      return direct;
    }
    for (String operator : List.of("_Znwm", "_Znwj", "_ZdlPv", "_ZdlPvm")) {
      Optional<Part> through = provider(part, operator).flatMap(this::find);
      if (through.isPresent() && !through.get().equals(part)) {
        return ownHeapOf(through.get());
      }
    }
    return Optional.empty();
  }

  /** Returns whether its calls are bound to itself, as in a statically linked program. */
  static boolean heapOfItself(Part part) {
    return ownHeapOf(part).equals(Optional.of(part.name()));
  }

  private static Optional<String> ownHeapOf(Part part) {
    for (String symbol : OF_HEAP) {
      Optional<String> provider = provider(part, symbol);
      if (provider.isPresent()) {
        return provider;
      }
    }
    return Optional.empty();
  }

  /**
   * Returns the heap of the malloc that the program is bound to; if the program calls none, that of
   * libc's own reference, which is looked up in the same scope.
   */
  Optional<String> processHeap() {
    return processHeap;
  }

  private Optional<String> findProcessHeap() {
    for (Part part : members()) {
      if (part.arrival() == Arrival.PROGRAM && heapOf(part).isPresent()) {
        return heapOf(part);
      }
    }
    Optional<Part> libc = members().stream().filter(HeapView::isLibc).findFirst();
    return libc.flatMap(this::heapOf)
        .or(
            () ->
                members().stream()
                    .filter(p -> p.arrival() == Arrival.PROGRAM || p.arrival() == Arrival.START)
                    .filter(p -> p.module().overrides().contains("malloc"))
                    .map(Part::name)
                    .findFirst())
        .or(() -> libc.map(Part::name));
  }

  /** Returns the part that provides the process's malloc, if it is not the C library. */
  Optional<Part> replacement() {
    return processHeap.filter(name -> !isLibc(name)).flatMap(this::find);
  }

  boolean isLibc(String name) {
    return find(name).map(HeapView::isLibc).orElseGet(() -> looksLikeLibc(name));
  }

  static boolean isLibc(Part part) {
    return part.elf().flatMap(elf -> elf.soname()).filter(HeapView::looksLikeLibc).isPresent()
        || looksLikeLibc(part.name());
  }

  private static boolean looksLikeLibc(String name) {
    String file = fileName(name);
    return GlibcNames.isLibc(file)
        || file.equals("libc.so")
        || file.startsWith("libc.musl-")
        || file.startsWith("ld-musl-");
  }

  /** Returns whether it is glibc's loader, whose few calls are bound by rules of their own. */
  static boolean isLoader(Part part) {
    return GlibcNames.isLoader(part.name());
  }

  /**
   * Returns whether it is the C++ runtime, which calls its own operators; code that uses the
   * runtime calls them too.
   */
  static boolean isCppRuntime(Part part) {
    String file = fileName(part.name());
    return file.startsWith("libstdc++") || file.startsWith("libc++");
  }

  static String fileName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /**
   * Returns the definition that dlsym finds with the handle of a part: breadth first over what it
   * needs. In a library made for lookups, it is what the library's own reference is bound to.
   */
  Optional<Part> byHandle(Part handle, String symbol) {
    Set<Part> list = new LinkedHashSet<>(List.of(handle));
    List<Part> queue = new ArrayList<>(list);
    for (int i = 0; i < queue.size(); i++) {
      Part part = queue.get(i);
      if (defines(part, symbol)) {
        return part.elf().filter(ProcessLookup::isOne).isPresent()
            ? provider(part, symbol).flatMap(this::find)
            : Optional.of(part);
      }
      for (String needed : part.elf().map(elf -> elf.needed()).orElse(List.of())) {
        answeringTo(needed).filter(list::add).ifPresent(queue::add);
      }
    }
    return Optional.empty();
  }

  /** Returns the first member that satisfies a DT_NEEDED of this name. */
  Optional<Part> answeringTo(String needed) {
    return members().stream()
        .filter(
            part ->
                part.name().equals(needed)
                    || part.elf().flatMap(elf -> elf.soname()).filter(needed::equals).isPresent()
                    || fileName(part.name()).equals(fileName(needed)))
        .findFirst();
  }
}
