package org.onemalloc.inspect.hazard;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Forms of C++'s operator new and delete that two providers share. A program may replace some forms
 * only: those of the C++ runtime that remain call the replaced ones (C++ standard,
 * [new.delete.single] and [new.delete.array]). An allocator that exports all forms provides the
 * remaining ones instead, and these do not call the program's.
 */
final class MixedOperators implements Rule {
  private static final String NOTHROW = "RKSt9nothrow_t";

  @Override
  public List<Hazard> judge(HeapView view) {
    List<Hazard> found = new ArrayList<>();
    for (Part part : view.members()) {
      Set<String> evidence = new LinkedHashSet<>();
      for (Call call : part.module().calls()) {
        if (HeapView.isCppRuntime(part) && call.symbol().endsWith(NOTHROW)) {
          continue; // libstdc++ calls one of these, for the words of a stream, which hardly any has
        }
        call.provider()
            .flatMap(view::find)
            .flatMap(provider -> passedBy(view, call.symbol(), provider))
            .ifPresent(evidence::add);
      }
      if (!evidence.isEmpty()) {
        found.add(HazardKind.MIXED_OPERATORS.at(part, Severity.DANGER, List.copyOf(evidence)));
      }
    }
    return found;
  }

  /** Returns a sentence if the provider of a form passes by the replaced form that it stands on. */
  private static Optional<String> passedBy(HeapView view, String form, Part provider) {
    for (String base : bases(form)) {
      Optional<Part> replaced = definer(view, base);
      if (replaced.isPresent()
          && !replaced.get().equals(provider)
          && !HeapView.isCppRuntime(replaced.get())
          && HeapView.call(provider, base).isEmpty()) {
        return Optional.of(
            "%s is that of %s, which does not call %s of %s."
                .formatted(form, provider.name(), base, replaced.get().name()));
      }
    }
    return Optional.empty();
  }

  /** Returns the first part with a form, in the order in which the loader searches. */
  private static Optional<Part> definer(HeapView view, String form) {
    return view.members().stream().filter(part -> HeapView.defines(part, form)).findFirst();
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
    if (!form.matches("_Z(nw|na|dl|da).*")) {
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
