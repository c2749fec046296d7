package org.onemalloc.allocators;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Stored descriptions of libraries in the cache directory, because reading and loading each library
 * takes a tenth of a second.
 *
 * <p>The first line states what a description depends on: the library's path, size and time of
 * change, the system's page size and the C library. If any of these differs, the library is
 * described again. The last line is a checksum of the others, so that a damaged file is not used;
 * files that others could have written are not read ({@link CacheDirectory#find}).
 */
final class Memo {
  /** Must be raised when the result of {@link Describer} or the format changes. */
  private static final String VERSION = "5";

  private Memo() {}

  /** Returns the description of a library, if it was stored and the library is unchanged. */
  static Optional<Description> recall(CacheDirectory cache, Path library) {
    try {
      Optional<Path> file = cache.find(name(library));
      if (file.isEmpty() || !Files.exists(library)) {
        return Optional.empty();
      }
      String text = Files.readString(file.get());
      int end = text.lastIndexOf('\n', text.length() - 2) + 1;
      Iterator<String> lines = List.of(text.split("\n", -1)).iterator();
      boolean whole = text.substring(end).equals(checksum(text.substring(0, end)));
      return whole && lines.next().equals(key(library))
          ? Optional.of(parse(lines))
          : Optional.empty();
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  static void store(CacheDirectory cache, Path library, Description description) {
    List<String> lines = new ArrayList<>();
    try {
      lines.add(key(library));
    } catch (IOException e) {
      // The library has changed meanwhile, so the description is useless.
      return;
    }
    lines.add(description.kind().name());
    lines.add(description.version());
    lines.add(String.join(" ", description.features().stream().map(Feature::name).toList()));
    lines.add(String.join(" ", description.missing()));
    lines.add(Long.toString(description.pageSize()));
    lines.add(description.configuration());
    lines.add(description.defect());
    lines.add(description.preload().reason());
    lines.add(description.dlopen().reason());
    lines.add(description.link().reason());
    String text = String.join("\n", lines) + "\n";
    try {
      byte[] content = (text + checksum(text)).getBytes(StandardCharsets.UTF_8);
      cache.store(name(library), content);
    } catch (AllocatorException e) {
      // The disk is full; the library is described again next time.
      return;
    }
  }

  private static String checksum(String text) {
    CRC32C checksum = new CRC32C();
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x\n".formatted(checksum.getValue());
  }

  private static Description parse(Iterator<String> lines) {
    Kind kind = Kind.valueOf(lines.next());
    String version = lines.next();
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    words(lines.next()).forEach(word -> features.add(Feature.valueOf(word)));
    Set<String> missing = new TreeSet<>(words(lines.next()));
    return new Description(
        kind,
        version,
        features,
        missing,
        Long.parseLong(lines.next()),
        lines.next(),
        lines.next(),
        fitness(lines.next()),
        fitness(lines.next()),
        fitness(lines.next()));
  }

  private static Fitness fitness(String reason) {
    return new Fitness(reason.isEmpty(), reason);
  }

  private static List<String> words(String line) {
    return line.isEmpty() ? List.of() : List.of(line.split(" ", -1));
  }

  private static String name(Path library) {
    String hash = Integer.toHexString(library.toString().hashCode());
    return "known-" + library.getFileName() + "-" + hash;
  }

  private static String key(Path library) throws IOException {
    Optional<Path> libc = Machine.libc();
    return String.join(
        "|",
        VERSION,
        state(library),
        Long.toString(Machine.pageSize()),
        libc.isPresent() ? state(libc.get()) : "");
  }

  private static String state(Path file) throws IOException {
    long time = Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS);
    return file + "|" + Files.size(file) + "|" + time;
  }
}
