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
   * @param prefix what stands before the names of a private heap, empty for the process heap
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
    record(choice, found, proof);
    SizeClasses classes = found.classes();
    String caches =
        classes.max() == 0
            ? "off, because this allocator does not say how large its blocks are"
            : "on, for blocks of " + classes.min() + " to " + classes.max() + " bytes";
    Binding binding =
        new Binding(
            found.allocator(),
            found.version(),
            Path.of(f.provider().file()),
            !own,
            choice.by(),
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
    String why = "malloc and free come from different objects";
    return Recognised.plain("unknown", "", Recognised.standard(f, false, why), "");
  }

  /** Compares the providers of the standard functions. */
  private static boolean whole(Finder f, List<String> proof) {
    boolean whole = true;
    for (String name : STANDARD) {
      whole &= there(f.standard(name));
    }
    proof.add(
        whole
            ? "malloc, calloc, realloc and free are all defined by " + f.provider().file()
            : "malloc is defined by " + f.provider().file() + ", but " + f.elsewhere());
    return whole;
  }

  private static void record(Choice choice, Recognised found, List<String> proof) {
    if (choice.expected().isEmpty()) {
      return;
    }
    proof.add(
        choice.expected().equals(found.allocator())
            ? "it is the allocator that this artifact was linked with"
            : "this artifact was linked with "
                + choice.expected()
                + ", but the process heap is another's: the program that started this JVM is not"
                + " the artifact's own launcher, or another allocator was preloaded");
  }
}
