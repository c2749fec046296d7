package org.onemalloc.inspect.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

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
   * exists.
   */
  Path file(Mapping mapping) throws IOException {
    Path named = Path.of(directory + "/root" + mapping.file());
    if (Files.isRegularFile(named)) {
      return named;
    }
    String range = Long.toHexString(mapping.start()) + "-" + Long.toHexString(mapping.end());
    Path mapped = directory.resolve("map_files").resolve(range);
    if (Files.isReadable(mapped)) {
      return mapped;
    }
    throw new NoSuchFileException(mapping.file());
  }

  /** Returns the path by which this process can read a file that the other knows by this name. */
  Path file(String name) {
    return Path.of(directory + "/root" + name);
  }

  /** Returns the size of a page in bytes, from the figures of the first mapping. */
  OptionalLong pageSize() {
    try (BufferedReader lines =
        Files.newBufferedReader(directory.resolve("smaps"), StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("KernelPageSize:")) {
          return OptionalLong.of(1024 * Long.parseLong(line.replaceAll("\\D", "")));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
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
