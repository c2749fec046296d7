package org.onemalloc.inspect.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.NativeModule;

/** The modules of an inspection, grouped by the provider of their malloc. */
final class Groups {
  /** How a module's malloc is bound. */
  enum Kind {
    /** Bound, or predicted to be bound, to the named module. */
    PROVIDER,
    /** By lazy calls, none of which has been made. */
    PENDING,
    /** Not known, because the library was inspected without a program. */
    HOST,
    /** It calls no malloc at all. */
    NONE
  }

  /**
   * Modules with one heap.
   *
   * @param provider the module that provides it; empty unless of kind PROVIDER
   */
  record Group(Kind kind, String provider, List<NativeModule> users) {}

  private static final List<String> OPERATORS = List.of("_Znwm", "_Znwj", "_ZdlPv", "_ZdlPvm");

  private final Map<String, NativeModule> byName = new HashMap<>();
  private final List<Group> groups = new ArrayList<>();

  Groups(Inspection inspection) {
    inspection.modules().forEach(module -> byName.putIfAbsent(module.name(), module));
    Map<String, Group> byHeap = new LinkedHashMap<>();
    for (NativeModule module : inspection.modules()) {
      Optional<String> heap = heapOf(module);
      Kind kind = heap.isPresent() ? Kind.PROVIDER : kindWithoutProvider(module);
      byHeap
          .computeIfAbsent(
              kind + heap.orElse(""), key -> new Group(kind, heap.orElse(""), new ArrayList<>()))
          .users()
          .add(module);
    }
    byHeap.values().forEach(group -> group.users().sort(standingOut(inspection)));
    groups.addAll(byHeap.values());
    groups.sort(Comparator.comparing(Group::kind).thenComparingInt(group -> -group.users().size()));
  }

  /** The host first, then the modules at fault, then those with an allocator inside. */
  private static Comparator<NativeModule> standingOut(Inspection inspection) {
    return Comparator.comparing(NativeModule::role)
        .thenComparingInt(module -> firstHazard(inspection, module))
        .thenComparing(module -> module.privateAllocators().isEmpty());
  }

  /** The hazards are in order, the worst first. */
  private static int firstHazard(Inspection inspection, NativeModule module) {
    for (int i = 0; i < inspection.hazards().size(); i++) {
      if (inspection.hazards().get(i).module().equals(module.name())) {
        return i;
      }
    }
    return inspection.hazards().size();
  }

  List<Group> all() {
    return groups;
  }

  Optional<NativeModule> module(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * Returns the heap of a module: that of its malloc; or the module itself, if a C runtime is
   * linked into a module of Windows; or that of C++'s operators, whose code is in another module.
   */
  private Optional<String> heapOf(NativeModule module) {
    return module
        .mallocProvider()
        .or(
            () ->
                module.calls().stream()
                    .filter(call -> call.symbol().equals("HeapAlloc"))
                    .map(call -> module.name())
                    .findFirst())
        .or(
            () ->
                module.calls().stream()
                    .filter(call -> OPERATORS.contains(call.symbol()))
                    .flatMap(call -> call.provider().stream())
                    .findFirst()
                    .flatMap(this::module)
                    .filter(other -> !other.name().equals(module.name()))
                    .flatMap(other -> other.mallocProvider().or(() -> Optional.of(other.name()))));
  }

  private static Kind kindWithoutProvider(NativeModule module) {
    List<Call> calls =
        module.calls().stream().filter(call -> !call.weak() || call.pending()).toList();
    if (calls.isEmpty()) {
      return Kind.NONE;
    }
    return calls.stream().anyMatch(Call::pending) ? Kind.PENDING : Kind.HOST;
  }

  /** Returns the last name of a path. */
  static String fileName(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1);
    return file.isEmpty() ? name : file;
  }
}
