package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.inspect.result.AllocationFunction;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Objects that one provider's operator new gives and another's operator delete takes. A program may
 * replace some forms of these operators only: those of the C++ runtime that remain call the
 * replaced ones (C++ standard, [new.delete.single] and [new.delete.array]). An allocator that
 * exports all forms provides the remaining ones instead, and these do not call the program's.
 */
final class MixedOperators implements Rule {
  private static final String NOTHROW = "RKSt9nothrow_t";
  private static final String ALIGNED = "St11align_val_t";

  /** A form that is called or defined, and the part that decides what it does. */
  private record Use(String form, Part user, Part owner) {
    boolean frees() {
      return form.startsWith("_Zd");
    }

    /** Returns what must have one owner: the forms for objects, or for arrays, aligned or not. */
    String family() {
      return (form.charAt(3) == 'a' ? "array" : "object") + form.contains(ALIGNED);
    }
  }

  @Override
  public List<Hazard> judge(HeapView view) {
    Map<String, List<Use>> families = new LinkedHashMap<>();
    for (Part part : view.members()) {
      for (Use use : uses(view, part)) {
        families.computeIfAbsent(use.family(), name -> new ArrayList<>()).add(use);
      }
    }
    Map<Part, List<String>> evidence = new LinkedHashMap<>();
    for (List<Use> uses : families.values()) {
      mixed(uses)
          .ifPresent(
              pair ->
                  evidence
                      .computeIfAbsent(pair.getLast().user(), part -> new ArrayList<>())
                      .add(
                          "%s is that of %s, and %s, which %s calls, that of %s."
                              .formatted(
                                  pair.getFirst().form(),
                                  pair.getFirst().owner().name(),
                                  pair.getLast().form(),
                                  pair.getLast().user().name(),
                                  pair.getLast().owner().name())));
    }
    List<Hazard> found = new ArrayList<>();
    evidence.forEach(
        (part, sentences) ->
            found.add(HazardKind.MIXED_OPERATORS.at(part, Severity.DANGER, sentences)));
    return found;
  }

  /** Returns a form that allocates and one that frees, of different owners. */
  private static Optional<List<Use>> mixed(List<Use> uses) {
    for (Use one : uses) {
      for (Use other : uses) {
        if (!one.frees() && other.frees() && !one.owner().equals(other.owner())) {
          return Optional.of(List.of(one, other));
        }
      }
    }
    return Optional.empty();
  }

  private static List<Use> uses(HeapView view, Part part) {
    List<Use> uses = new ArrayList<>();
    for (Call call : part.module().calls()) {
      // libstdc++ itself calls one that does not throw, for the words of a stream: hardly any has
      // some.
      boolean rare = HeapView.isCppRuntime(part) && call.symbol().endsWith(NOTHROW);
      if (isOperator(call.symbol()) && !rare) {
        call.provider()
            .flatMap(view::find)
            .map(provider -> new Use(call.symbol(), part, owner(view, call.symbol(), provider)))
            .ifPresent(uses::add);
      }
    }
    if (part.arrival() == Arrival.PROGRAM) {
      // a program's calls of its own functions are not in its tables
      for (String form : List.of("_Znwm", "_ZdlPv", "_Znam", "_ZdaPv")) {
        if (HeapView.defines(part, form)) {
          uses.add(new Use(form, part, part));
        }
      }
    }
    return uses;
  }

  /** Returns the part at the end of the forms that a form is passed on to. */
  private static Part owner(HeapView view, String form, Part provider) {
    for (String base : bases(form)) {
      Optional<Part> next = HeapView.provider(provider, base).flatMap(view::find);
      if (next.isPresent()) {
        return owner(view, base, next.get());
      }
    }
    return HeapView.isCppRuntime(provider) ? view.replacement().orElse(provider) : provider;
  }

  private static boolean isOperator(String name) {
    return AllocationFunction.of(name).filter(AllocationFunction.OPERATOR::equals).isPresent();
  }

  /**
   * Returns the forms that the runtime's definition of a form leads to, the nearest first: one with
   * a size, or that does not throw, to the same one without; that of an array to that of an object
   * (names: Itanium C++ ABI, §5.1.3).
   *
   * @param form a mangled name; any other name leads to none
   */
  static List<String> bases(String form) {
    List<String> bases = new ArrayList<>();
    if (!isOperator(form)) {
      return bases;
    }
    String plain = form.replace(NOTHROW, "").replaceFirst("^(_Zd[la]Pv)[mj]", "$1");
    if (!plain.equals(form)) {
      bases.add(plain);
    }
    String single = plain.replaceFirst("^_Zna", "_Znw").replaceFirst("^_Zda", "_Zdl");
    if (!single.equals(plain)) {
      bases.add(single);
    }
    return bases;
  }
}
