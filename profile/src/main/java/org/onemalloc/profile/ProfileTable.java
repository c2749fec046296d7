package org.onemalloc.profile;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.onemalloc.text.Text;

/** Writes the profile as text: a table of the parts, followed by sentences. */
final class ProfileTable {
  /** The number of rows that fit a terminal. */
  private static final int ROWS = 15;

  private static final double MEBI = 1 << 20;

  private ProfileTable() {}

  static String of(Profile profile) {
    StringBuilder text = new StringBuilder();
    List<Part> shown = profile.parts().stream().limit(ROWS).toList();
    int width = shown.stream().mapToInt(p -> Text.length(Text.escaped(p.name()))).max().orElse(0);
    String row = "%-" + Math.max(Parts.UNSEEN.length(), width) + "s  %12s  %12s  %10s  %s";
    line(text, row.formatted("PART", "ALLOCATED MB", "NOT FREED MB", "BLOCKS", "MOSTLY FOR"));
    for (Part part : shown) {
      line(
          text,
          row.formatted(
              Text.escaped(part.name()),
              mebibytes(part.allocated()),
              mebibytes(part.live()),
              count(part.blocks()),
              Text.escaped(part.caller())));
    }
    if (profile.unseen().isPresent()) {
      line(text, row.formatted(Parts.UNSEEN, "", mebibytes(profile.unseen().getAsLong()), "", ""));
    }
    if (profile.parts().size() > ROWS) {
      line(text, "%d smaller parts are on the page.".formatted(profile.parts().size() - ROWS));
    }
    text.append('\n');
    line(text, sentence(profile));
    line(text, sampling(profile));
    rest(profile).ifPresent(sentence -> line(text, sentence));
    profile.notes().forEach(note -> line(text, note));
    return text.toString();
  }

  private static void line(StringBuilder text, String line) {
    text.append(Text.escaped(line.stripTrailing())).append('\n');
  }

  /** Returns a sentence on the memory that the parts do not explain; empty if it is small. */
  static Optional<String> rest(Profile profile) {
    if (profile.held().isEmpty()) {
      return Optional.of(
          "The amount of memory that was not seen is unknown: glibc's heap could not be read, or"
              + " another allocator serves the process.");
    }
    return profile.unseen().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "glibc's heap held %s when the recording ended, %s more than the parts explain: blocks that were allocated before the recording or in ways that are not seen, and free memory that malloc keeps."
                .formatted(bytes(profile.held().getAsLong()), bytes(profile.unseen().getAsLong())));
  }

  /** Returns the main result: which part allocated most, and which part holds most. */
  static String sentence(Profile profile) {
    if (profile.parts().isEmpty()) {
      return "Nothing was allocated during the recording.";
    }
    Part most = profile.parts().getFirst();
    String first =
        "%s allocated %s of %s"
            .formatted(most.name(), bytes(most.allocated()), bytes(profile.allocated()));
    return profile.parts().stream()
        .max((a, b) -> Long.compare(a.live(), b.live()))
        .filter(holder -> holder.live() > 0)
        .map(
            holder ->
                "%s; %s holds %s of the %s not freed."
                    .formatted(
                        first,
                        holder.equals(most) ? "it also" : holder.name(),
                        bytes(holder.live()),
                        bytes(profile.live())))
        .orElse(first + "; everything was freed.");
  }

  static String sampling(Profile profile) {
    return profile.every() == 1 ? "Every block was recorded." : sampled(profile.every());
  }

  /** Returns how two recordings were sampled. */
  static String sampling(long before, long after) {
    return before == after
        ? before == 1 ? "Every block was recorded in both." : sampled(before)
        : "The recordings have different values of --every, %d and %d: the one with the larger is the less exact."
            .formatted(before, after);
  }

  private static String sampled(long every) {
    return "One block was recorded for each %s allocated; the figures are estimates."
        .formatted(bytes(every));
  }

  static String bytes(long bytes) {
    return bytes < MEBI
        ? String.format(Locale.ROOT, "%.1f KB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%.1f MB", bytes / MEBI);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / MEBI);
  }

  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
