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

  /** The short name, as ps(1) shows it. */
  String name() {
    try {
      return text("comm").strip();
    } catch (IOException e) {
      return "?";
    }
  }

  /** The words it was started with; none for a thread of the kernel and for one that has ended. */
  List<String> command() throws IOException {
    return zeroSeparated("cmdline");
  }

  /** The environment that it was started with, sorted. */
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

  /** The program that it runs, as the process itself would name it. */
  String executable() throws IOException {
    return Files.readSymbolicLink(directory.resolve("exe")).toString();
  }

  /** The user that it runs for, as a name where there is one. */
  String owner() {
    try {
      return Files.getOwner(directory).getName();
    } catch (IOException e) {
      return "another user";
    }
  }

  /**
   * Where a file that the process has mapped is found from here: under its own root, which is
   * another one in a container; through the mapping itself where the name is gone.
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

  /** Where a file of this name in the process is found from here. */
  Path file(String name) {
    return Path.of(directory + "/root" + name);
  }

  /** The size of a page in bytes, from the first mapping's figures. */
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
