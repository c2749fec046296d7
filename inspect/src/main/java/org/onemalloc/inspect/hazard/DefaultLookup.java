package org.onemalloc.inspect.hazard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;

/**
 * Java's lookups by handle under a replacement. {@code Linker.defaultLookup()} asks dlsym(3) with
 * the handle of the JDK's libsyslookup.so (jdk.internal.foreign.SystemLookup), which searches libc
 * and not the preloaded library.
 */
final class DefaultLookup implements Rule {
  private static final int MOST_NAMES = 5;

  /** The first JDK that looks malloc and free up in the same place (JDK-8378603). */
  private static final int CORRECTED = 27;

  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d{1,4})");

  @Override
  public List<Hazard> judge(HeapView view) {
    Optional<String> heap = view.replacement().map(Part::name);
    List<Hazard> found = new ArrayList<>(ofClasses(view));
    if (heap.isEmpty()) {
      return found;
    }
    for (Part part : view.members()) {
      String file = HeapView.fileName(part.name());
      Optional<Part> free = view.byHandle(part, "free");
      boolean misses = free.isPresent() && !free.get().name().equals(heap.get());
      if (file.equals("libsyslookup.so") && misses) {
        found.add(ofJava(view, part, free.get()));
      } else if (file.equals("libfontmanager.so") && isForeignHarfBuzz(part)) {
        List<Part> blind = blindLibraries(view, part, heap.get());
        if (!blind.isEmpty()) {
          found.add(ofFonts(part, blind, heap.get()));
        }
      }
    }
    return found;
  }

  /**
   * Returns the hazards of classes that look malloc or free up this way, by archive. Under a
   * replacement they are evidence for the hazard of the image, if there is one.
   */
  private static List<Hazard> ofClasses(HeapView view) {
    Optional<Part> replacement = view.replacement();
    boolean image =
        view.members().stream()
            .anyMatch(part -> HeapView.fileName(part.name()).equals("libsyslookup.so"));
    Map<String, List<String>> byArchive = new LinkedHashMap<>();
    for (String name : replacement.isPresent() && image ? List.<String>of() : lookups(view)) {
      int inside = name.lastIndexOf("!/");
      byArchive
          .computeIfAbsent(inside < 0 ? name : name.substring(0, inside), key -> new ArrayList<>())
          .add(name.substring(inside < 0 ? 0 : inside + 2));
    }
    List<Hazard> found = new ArrayList<>();
    byArchive.forEach(
        (archive, names) -> {
          List<String> evidence = new ArrayList<>();
          names.stream()
              .limit(MOST_NAMES)
              .map(name -> name + " looks up malloc or free through a handle.")
              .forEach(evidence::add);
          evidence.add(
              replacement
                  .map(part -> "The process's malloc is that of " + part.name() + ".")
                  .orElse("It is harmless as long as libc's own malloc serves the process."));
          Severity severity = replacement.isPresent() ? Severity.WARNING : Severity.NOTE;
          found.add(HazardKind.FFM_DEFAULT_LOOKUP.at(archive, severity, evidence));
        });
    return found;
  }

  private static List<String> lookups(HeapView view) {
    return view.subject().javaLookups();
  }

  private static Hazard ofJava(HeapView view, Part part, Part libc) {
    List<String> evidence = new ArrayList<>();
    evidence.add(
        "%s: dlsym with its handle finds the free of %s.".formatted(part.name(), libc.name()));
    evidence.add("The process's is that of %s.".formatted(view.processHeap().orElseThrow()));
    lookups(view).stream()
        .limit(MOST_NAMES)
        .map(name -> name + " looks up malloc or free there.")
        .forEach(evidence::add);
    return HazardKind.FFM_DEFAULT_LOOKUP.at(part, Severity.DANGER, evidence);
  }

  /**
   * Returns the JDK's libraries whose handle leads to another malloc. {@code
   * SymbolLookup.loaderLookup()} of the boot loader asks the handles of all libraries that it has
   * loaded, in no defined order, and takes the first answer.
   */
  private static List<Part> blindLibraries(HeapView view, Part fonts, String heap) {
    String directory = directory(fonts);
    return view.members().stream()
        .filter(part -> part.arrival() == Arrival.OPENED && directory(part).equals(directory))
        .filter(part -> !HeapView.fileName(part.name()).equals("libsyslookup.so"))
        .filter(
            part -> view.byHandle(part, "malloc").filter(m -> !m.name().equals(heap)).isPresent())
        .toList();
  }

  private static String directory(Part part) {
    return part.name().substring(0, part.name().lastIndexOf('/') + 1);
  }

  private static Hazard ofFonts(Part part, List<Part> blind, String heap) {
    List<String> names =
        blind.stream().map(each -> HeapView.fileName(each.name())).limit(MOST_NAMES).toList();
    return HazardKind.FFM_LOADER_LOOKUP.at(
        part,
        Severity.DANGER,
        ("sun.font.HBShaper looks up malloc through the handles of the JDK's libraries: that of %s"
                + " leads to libc's.")
            .formatted(String.join(", or of ", names)),
        "%s: its own free is that of %s.".formatted(part.name(), heap));
  }

  /**
   * Returns whether it has the two functions that sun.font.HBShaper calls since JDK 22; before, it
   * was written with JNI.
   */
  private static boolean isForeignHarfBuzz(Part part) {
    return part.elf()
            .filter(elf -> elf.exports("HBCreateFace") && elf.exports("HBDisposeFace"))
            .isPresent()
        && javaVersion(part) < CORRECTED;
  }

  /** Returns the version in the image's file {@code release}; 0 if there is none. */
  private static int javaVersion(Part part) {
    try {
      Path release = Path.of(part.name()).resolveSibling("../release");
      Matcher version = VERSION.matcher(Files.readString(release));
      return version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException | InvalidPathException e) {
      return 0;
    }
  }
}
