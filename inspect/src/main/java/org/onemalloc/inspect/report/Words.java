package org.onemalloc.inspect.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.inspect.result.LiveState.OtherAllocator;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.objectfile.elf.ElfPrograms;
import org.onemalloc.objectfile.elf.GlibcNames;

/** Sentences that the text and the page share. */
final class Words {
  private Words() {}

  /** Returns the summary in one or two sentences: host, malloc, hazards. */
  static String answer(Inspection inspection) {
    Optional<String> heap = inspection.processHeap();
    Optional<NativeModule> host =
        inspection.modules().stream().filter(m -> m.role() == Role.HOST).findFirst();
    if (host.isEmpty()) {
      return "Guests use their host's malloc. " + counted(inspection.hazards());
    }
    String name = Groups.fileName(host.get().name());
    String malloc =
        heap.map(provider -> "The host is %s; its malloc is that of %s. ".formatted(name, provider))
            .orElse("The host is %s; the provider of its malloc is not known. ".formatted(name));
    return malloc + counted(inspection.hazards());
  }

  private static String counted(List<Hazard> hazards) {
    if (hazards.isEmpty()) {
      return "No hazards found.";
    }
    StringBuilder words = new StringBuilder();
    for (Severity severity : Severity.values()) {
      long count = hazards.stream().filter(h -> h.severity() == severity).count();
      if (count > 0) {
        String word = severity.name().toLowerCase(Locale.ROOT);
        words.insert(0, ", " + count + " " + word + (count == 1 ? "" : "s"));
      }
    }
    return words.substring(2) + ".";
  }

  /** Returns what a live process shows beyond its modules, in sentences. */
  static List<String> live(LiveState live) {
    List<String> sentences = new ArrayList<>();
    if (live.glibcArenaBytes().isPresent() || live.glibcMappedBytes().isPresent()) {
      sentences.add(
          "glibc's own heap holds %s, and %s in blocks with a mapping of their own."
              .formatted(amount(live.glibcArenaBytes()), amount(live.glibcMappedBytes())));
    }
    for (OtherAllocator other : live.others()) {
      sentences.add(
          "The process %s allocates with %s: %s."
              .formatted(other.used() ? "also" : "perhaps also", other.file(), other.evidence()));
    }
    live.settings().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(e -> sentences.add("environment: " + e.getKey() + "=" + e.getValue()));
    live.java()
        .ifPresent(
            java -> {
              java.flags().forEach(flag -> sentences.add("JVM flag: " + flag));
              java.mallocBytes()
                  .ifPresent(
                      bytes ->
                          sentences.add("The JVM counts %s of malloc.".formatted(size(bytes))));
              java.glibcOutstandingBytes()
                  .ifPresent(
                      bytes ->
                          sentences.add(
                              "The JVM sees %s in use in glibc's heap, and %s retained."
                                  .formatted(
                                      size(bytes), size(java.glibcRetainedBytes().orElse(0L)))));
            });
    return sentences;
  }

  private static String amount(Optional<Long> bytes) {
    return bytes.map(Words::size).orElse("an unknown amount");
  }

  static String size(long bytes) {
    if (bytes == 0) {
      return "nothing";
    }
    return bytes < 1 << 20
        ? (bytes + 1023) / 1024 + " KiB"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /** Returns what a call is bound to. */
  static String provider(Call call) {
    if (call.provider().isPresent()) {
      return call.provider().get();
    }
    if (call.pending()) {
      return "(not bound yet)";
    }
    return call.weak() ? "(nothing)" : "(its host's)";
  }

  /** Returns whether a module is the C or C++ runtime, whose own definitions are expected. */
  static boolean isRuntime(NativeModule module) {
    String file = Groups.fileName(module.name());
    return file.startsWith("libc.")
        || GlibcNames.isLibc(file)
        || file.startsWith("libstdc++")
        || file.startsWith("libc++")
        || ElfPrograms.isLoader(file);
  }

  static String of(Groups.Group group) {
    return switch (group.kind()) {
      case PROVIDER -> group.provider();
      case PENDING -> "not bound yet: no call was made";
      case HOST -> "their host's";
      case NONE -> "none: no calls of their own";
    };
  }
}
