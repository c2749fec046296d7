package org.onemalloc.inspect.loader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.onemalloc.objectfile.elf.ElfSymbol;

/** Decides what references are bound to (elf/dl-lookup.c, _dl_lookup_symbol_x). */
final class Resolver {
  private final Rules rules;
  private final LoadedObject program;
  private final List<LoadedObject> relocated = new ArrayList<>();

  /** The one definition of each unique symbol (STB_GNU_UNIQUE) that has been looked up. */
  private final Map<String, Definition> unique = new HashMap<>();

  Resolver(Rules rules, LoadedObject program) {
    this.rules = rules;
    this.program = program;
  }

  /** Records that an object's references are bound, after those recorded before. */
  void relocated(LoadedObject object) {
    relocated.add(object);
  }

  List<Binding> bindings(
      LoadedObject object, List<List<LoadedObject>> scopes, Predicate<String> symbols) {
    List<Binding> bindings = new ArrayList<>();
    for (Reference reference : object.references()) {
      if (symbols.test(reference.symbol())) {
        Optional<Definition> provider = Optional.ofNullable(resolve(object, reference, scopes));
        bindings.add(new Binding(object, reference, provider));
      }
    }
    return bindings;
  }

  Optional<Definition> byName(String symbol, String version, List<List<LoadedObject>> scopes) {
    Definition found = Lookup.byName(rules, symbol, version).in(scopes, program);
    return Optional.ofNullable(isUnique(found) ? theUnique(found) : found);
  }

  /** Returns the function that a canonical PLT entry leads to. */
  Optional<Definition> target(Definition entry) {
    LoadedObject executable = entry.object();
    ElfSymbol symbol = entry.symbol();
    Reference call =
        new Reference(
            symbol.name(),
            executable.shared().isVersioned() ? symbol.version() : "",
            symbol.binding() == ElfSymbol.Binding.WEAK,
            false,
            Reference.Kind.CALL,
            symbol.index());
    return Optional.ofNullable(resolve(executable, call, executable.boundIn()));
  }

  private Definition resolve(
      LoadedObject object, Reference reference, List<List<LoadedObject>> scopes) {
    Definition found = Lookup.of(rules, reference).in(scopes, program);
    if (isUnique(found) && reference.kind() != Reference.Kind.COPY) {
      found = theUnique(found);
    }
    return found != null && reference.protectedHere() && rules.isGlibc()
        ? protect(object, reference, scopes, found)
        : found;
  }

  /**
   * Prefers an object's own definition of a protected symbol, unless it is data that was copied
   * elsewhere.
   */
  private Definition protect(
      LoadedObject object, Reference reference, List<List<LoadedObject>> scopes, Definition found) {
    Definition other = found;
    if (reference.kind() != Reference.Kind.CALL) {
      Lookup asCall =
          new Lookup(rules, reference.symbol(), reference.version(), false, Reference.Kind.CALL);
      other = asCall.in(scopes, program);
    }
    if (other == null || other.object() == object) {
      return found;
    }
    ElfSymbol own = object.file().dynamicSymbols().get(reference.symbolIndex());
    return new Definition(object, own);
  }

  private boolean isUnique(Definition found) {
    return rules.isGlibc() && found != null && found.symbol().binding() == ElfSymbol.Binding.UNIQUE;
  }

  /**
   * Returns the definition that the first reference to this name found, which holds for all later
   * ones.
   */
  private Definition theUnique(Definition found) {
    String name = found.symbol().name();
    Definition known = unique.get(name);
    if (known == null) {
      known = firstMet(name).orElse(found);
      unique.put(name, known);
    }
    return known;
  }

  private Optional<Definition> firstMet(String name) {
    for (LoadedObject object : relocated) {
      if (object.shared().refersTo(name)) {
        for (Reference reference : object.references()) {
          if (reference.symbol().equals(name)) {
            Definition met = Lookup.of(rules, reference).in(object.boundIn(), program);
            if (isUnique(met)) {
              return Optional.of(
                  reference.kind() == Reference.Kind.COPY
                      ? new Definition(
                          object, object.file().dynamicSymbols().get(reference.symbolIndex()))
                      : met);
            }
          }
        }
      }
    }
    return Optional.empty();
  }
}
