package org.onemalloc.inspect.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.onemalloc.inspect.result.LiveState;
import org.onemalloc.text.KernelLines;

/** The small files of /proc/PID (proc(5)). */
final class ProcessFiles {
  private final long pid;
  private final Path directory;

  ProcessFiles(long pid) {
    this.pid = pid;
    this.directory = Path.of("/proc", Long.toString(pid));
  }

  long pid() {
    return pid;
  }

  boolean exist() {
    return Files.isDirectory(directory);
  }

  /** Returns the short name that ps(1) shows. */
  String name() {
    try {
      return text("comm").strip();
    } catch (IOException e) {
      return "?";
    }
  }

  /**
   * Returns the command that it was started with; empty for a kernel thread and for a process that
   * has ended.
   */
  List<String> command() throws IOException {
    return zeroSeparated("cmdline");
  }

  /** Returns the environment that it was started with, sorted. */
  Map<String, String> environment() throws IOException {
    Map<String, String> environment = new TreeMap<>();
    for (String entry : zeroSeparated("environ")) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return environment;
  }

  /** Returns the path of its program as the process itself sees it. */
  String executable() throws IOException {
    return Files.readSymbolicLink(directory.resolve("exe")).toString();
  }

  /** Returns the user that it runs as, by name if there is one. */
  String owner() {
    try {
      return Files.getOwner(directory).getName();
    } catch (IOException e) {
      return "another user";
    }
  }

  /**
   * Returns the path by which this process can read a file that the other has mapped: under the
   * other's root, which differs in a container, or through the mapping itself if the name no longer
   * exists or belongs to another file.
   */
  Path file(Mapping mapping) throws IOException {
    Path named = file(mapping.mapped().formerName());
    if (Files.isRegularFile(named) && mapping.mapped().isAt(named)) {
      return named;
    }
    Path mapped = mapped(mapping);
    if (Files.isReadable(mapped)) {
      return mapped;
    }
    throw new NoSuchFileException(mapping.file());
  }

  /** Returns the path of a mapped file through the mapping itself, which root may read. */
  Path mapped(Mapping mapping) {
    String range = Long.toHexString(mapping.start()) + "-" + Long.toHexString(mapping.end());
    return directory.resolve("map_files").resolve(range);
  }

  /** Returns the path by which this process can read a file that the other knows by this name. */
  Path file(String name) {
    return Path.of(directory + "/root" + name);
  }

  /** Returns the size of a page in bytes, from the figures of the first mapping. */
  OptionalLong pageSize() {
    try (KernelLines lines = new KernelLines(Files.newInputStream(directory.resolve("smaps")))) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (line.startsWith("KernelPageSize:")) {
          return OptionalLong.of(1024 * Long.parseLong(line.replaceAll("\\D", "")));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }

  /** Returns what it holds, as far as it can be read. */
  LiveState.Memory memory() {
    return new LiveState.Memory(
        bytes("status", "VmRSS:"), bytes("smaps_rollup", "Pss:"), bytes("status", "VmHWM:"));
  }

  /** Returns the value of a line as {@code VmRSS: 1234 kB}. */
  private Optional<Long> bytes(String file, String label) {
    try {
      return KernelLines.of(directory.resolve(file)).stream()
          .filter(line -> line.startsWith(label))
          .map(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private List<String> zeroSeparated(String file) throws IOException {
    List<String> words = new ArrayList<>(List.of(text(file).split("\0", -1)));
    words.removeLast();
    return words;
  }

  private String text(String file) throws IOException {
    return new String(Files.readAllBytes(directory.resolve(file)), StandardCharsets.UTF_8);
  }
}
