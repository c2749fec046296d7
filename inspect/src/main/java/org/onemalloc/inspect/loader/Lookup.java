package org.onemalloc.inspect.loader;

import java.util.List;
import org.onemalloc.objectfile.elf.ElfSymbol;

/**
 * The lookup of one symbol in lists of objects (glibc's {@code do_lookup_x} and {@code check_match}
 * in elf/dl-lookup.c; musl's {@code find_sym2} in ldso/dynlink.c).
 *
 * @param rules the rules of the loader
 * @param symbol the name
 * @param version the requested version; empty for none
 * @param newest whether a lookup without a version finds the newest, as dlsym does, instead of the
 *     oldest
 * @param kind the kind of reference; null for dlsym
 */
record Lookup(Rules rules, String symbol, String version, boolean newest, Reference.Kind kind) {
  private static final int VERSION_MASK = 0x7fff;
  private static final int SHN_ABS = 0xfff1;

  /** Returns the lookup of a relocation. */
  static Lookup of(Rules rules, Reference reference) {
    return new Lookup(rules, reference.symbol(), reference.version(), false, reference.kind());
  }

  /** Returns the lookup of dlsym and dlvsym. */
  static Lookup byName(Rules rules, String symbol, String version) {
    return new Lookup(rules, symbol, version, version.isEmpty(), null);
  }

  /**
   * Returns the first definition in these lists, or null; unique symbols are treated as any other.
   */
  Definition in(List<? extends List<LoadedObject>> scopes, LoadedObject program) {
    for (List<LoadedObject> scope : scopes) {
      for (LoadedObject object : scope) {
        ElfSymbol found = kind == Reference.Kind.COPY && object == program ? null : in(object);
        if (found != null) {
          return new Definition(object, found);
        }
      }
    }
    return null;
  }

  /** Returns the definition in one object, or null. */
  ElfSymbol in(LoadedObject object) {
    List<ElfSymbol> candidates = object.shared().find(symbol);
    if (candidates.isEmpty()) {
      return null;
    }
    ElfSymbol match = rules.isGlibc() ? match(object.shared(), candidates) : matchMusl(candidates);
    return match == null || bindsLocally(match) ? null : match;
  }

  private ElfSymbol match(SharedFile file, List<ElfSymbol> candidates) {
    ElfSymbol fallback = null;
    int fallbacks = 0;
    for (ElfSymbol candidate : candidates) {
      if (!hasValue(candidate) || !isAllowed(candidate.type())) {
        continue;
      }
      if (!file.isVersioned() || matches(candidate)) {
        return candidate;
      }
      if (mayStandIn(candidate) && fallbacks++ == 0) {
        fallback = candidate;
      }
    }
    return fallbacks == 1 ? fallback : null;
  }

  private boolean hasValue(ElfSymbol candidate) {
    boolean hasValue =
        candidate.value() != 0
            || candidate.sectionIndex() == SHN_ABS
            || candidate.type() == ElfSymbol.Type.TLS;
    return hasValue && (kind != Reference.Kind.CALL || candidate.isDefined());
  }

  private static boolean isAllowed(ElfSymbol.Type type) {
    return switch (type) {
      case NOTYPE, OBJECT, FUNC, COMMON, TLS, IFUNC -> true;
      case SECTION, FILE, OTHER -> false;
    };
  }

  /** Returns whether a symbol of an object with versions is the requested one. */
  private boolean matches(ElfSymbol candidate) {
    if (version.isEmpty()) {
      return (candidate.versionIndex() & VERSION_MASK) < (newest ? 2 : 3);
    }
    return candidate.version().equals(version)
        || (rules == Rules.GLIBC_BEFORE_2_42 && isBase(candidate));
  }

  private boolean mayStandIn(ElfSymbol candidate) {
    return version.isEmpty() ? !candidate.isVersionHidden() : isBase(candidate);
  }

  private static boolean isBase(ElfSymbol candidate) {
    return candidate.version().isEmpty() && !candidate.isVersionHidden();
  }

  /** Returns the first candidate that is not hidden, or null if it is an indirect function. */
  private ElfSymbol matchMusl(List<ElfSymbol> candidates) {
    ElfSymbol first =
        candidates.stream().filter(symbol -> !symbol.isVersionHidden()).findFirst().orElse(null);
    if (first == null || first.type() == ElfSymbol.Type.IFUNC || !isAllowed(first.type())) {
      return null;
    }
    boolean isTls = first.type() == ElfSymbol.Type.TLS;
    boolean needsDefinition = isTls || kind == Reference.Kind.CALL;
    return (needsDefinition && !first.isDefined()) || (!isTls && first.value() == 0) ? null : first;
  }

  private static boolean bindsLocally(ElfSymbol symbol) {
    return symbol.binding() == ElfSymbol.Binding.LOCAL
        || symbol.binding() == ElfSymbol.Binding.OTHER
        || symbol.visibility() == ElfSymbol.Visibility.HIDDEN
        || symbol.visibility() == ElfSymbol.Visibility.INTERNAL;
  }
}
