package org.onemalloc.internal.bind;

import static org.onemalloc.internal.bind.Finder.there;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.onemalloc.Binding;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.Symbols;
import org.onemalloc.internal.system.UnixSymbols;
import org.onemalloc.internal.system.WindowsSymbols;

/** Turns the choice into a binding, with the proof. */
public final class Binder {
  private static final String[] STANDARD = {"calloc", "realloc", "free"};
  private static final String[] UCRT = {
    "_aligned_malloc", "_aligned_free", "_aligned_realloc", "_expand"
  };

  private Binder() {}

  public static Bound here() {
    if (ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
      throw new HeapError("onemalloc needs a 64-bit JVM, and this one is not.");
    }
    Platform platform = Platform.here();
    Choice choice = Choice.here();
    if (!choice.privateName().isEmpty()) {
      String prefix = PrivateLibrary.prefix(choice.privateName());
      String file = PrivateLibrary.file(choice, platform).toString();
      Symbols symbols = platform.windows() ? WindowsSymbols.load(file) : UnixSymbols.load(file);
      return bind(symbols, prefix, choice, platform);
    }
    Symbols symbols = platform.windows() ? WindowsSymbols.ucrt() : UnixSymbols.global(platform);
    return bind(symbols, "", choice, platform);
  }

  /**
   * Binds to the heap found in a scope.
   *
   * @param prefix the prefix of the names of a private heap, empty for the process heap
   */
  public static Bound bind(Symbols symbols, String prefix, Choice choice, Platform platform) {
    Finder f = new Finder(symbols, prefix);
    boolean own = !prefix.isEmpty();
    if (f.provider().base() == 0) {
      throw new HeapError(
          own
              ? "The private heap's library defines no " + prefix + "malloc: name a prefixed copy."
              : "No loaded object defines malloc, so there is no process heap to bind to.");
    }
    List<String> proof = new ArrayList<>();
    boolean whole = whole(f, proof);
    Recognised found = whole ? recognise(f, platform) : mixed(f);
    if (own && !found.allocator().equals(choice.privateName())) {
      throw new HeapError(
          "The library " + f.provider().file() + " is not " + choice.privateName() + ".");
    }
    if (!found.proof().isEmpty()) {
      proof.add(found.proof());
    }
    Choice made = choice.expected().isEmpty() ? choice : agreed(choice, f, found, proof);
    SizeClasses classes = found.classes();
    String caches =
        classes.max() == 0
            ? "off, because this allocator does not report the size of a block"
            : "on, for blocks of " + classes.min() + " to " + classes.max() + " bytes";
    Binding binding =
        new Binding(
            found.allocator(),
            found.version(),
            Path.of(f.provider().file()),
            !own,
            made.by(),
            found.backend().operations(),
            caches,
            proof);
    return new Bound(found.backend(), classes, binding, f);
  }

  private static Recognised recognise(Finder f, Platform platform) {
    return platform.windows() && f.prefix().isEmpty()
        ? Ucrt.recognise(f, UCRT)
        : Families.recognise(f, platform);
  }

  private static Recognised mixed(Finder f) {
    String why = "malloc is defined by " + f.provider().file() + ", but " + f.elsewhere();
    return Recognised.plain("unknown", "", Recognised.standard(f, false, why), "");
  }

  /** Compares the providers of the standard functions. */
  private static boolean whole(Finder f, List<String> proof) {
    boolean whole = true;
    for (String name : STANDARD) {
      whole &= there(f.standard(name));
    }
    if (whole) {
      proof.add("malloc, calloc, realloc and free are all defined by " + f.provider().file());
    }
    return whole;
  }

  /**
   * Compares the artifact's choice with the allocator that serves malloc in this process, which may
   * be that of another program's launcher or a preloaded one. That heap is used if all parts of the
   * process agree on it, Java's default lookup included, which a linked image resolves to the
   * allocator of its own choice: otherwise a string of C's strdup that Java frees by that lookup
   * would end the JVM.
   *
   * @return the choice that was made
   */
  private static Choice agreed(Choice choice, Finder f, Recognised found, List<String> proof) {
    Symbols.Provider java = f.javaLookup("free");
    if (!java.same(f.provider())) {
      throw new HeapError(
          "Two heaps were chosen: this artifact was linked with "
              + choice.expected()
              + " ("
              + choice.by()
              + "), where Java's default lookup finds free in "
              + (java.base() == 0 ? "no object" : java.file())
              + ", but malloc is that of "
              + f.provider().file()
              + ": start the artifact by its own launcher and without another preloaded allocator,"
              + " or undo the link with onemalloc link --undo.");
    }
    proof.add("Java's default lookup finds free in the same object");
    return choice.expected().equals(found.allocator())
        ? choice
        : new Choice(
            "the program that started this JVM, or a preloaded library, not "
                + choice.by()
                + ", which names "
                + choice.expected(),
            "",
            "",
            "");
  }
}
