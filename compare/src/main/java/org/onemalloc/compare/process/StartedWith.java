package org.onemalloc.compare.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a process was given when it executed its program.
 *
 * @param environment its environment
 * @param words its command and arguments
 * @param secure whether the loader ignores settings for it, because it has more rights than its
 *     parent (AT_SECURE of getauxval(3))
 */
public record StartedWith(Map<String, String> environment, List<String> words, boolean secure) {
  private static final long AT_SECURE = 23;

  /** Copies the collections. */
  public StartedWith {
    environment = Map.copyOf(environment);
    words = List.copyOf(words);
  }

  /**
   * Returns what is given to a program that has no more rights than this process.
   *
   * @param environment the variables
   * @param words the command and arguments
   * @return what it is given; empty if a variable has no name
   */
  public static Optional<StartedWith> of(List<byte[]> environment, List<byte[]> words) {
    return variables(strings(environment))
        .map(variables -> new StartedWith(variables, strings(words), false));
  }

  /**
   * Reads it from the memory of a live process.
   *
   * @param pid the process id
   * @return what it was given; empty if the process has written over it, as programs that show
   *     their state in ps(1) do, or is about to end
   * @throws IOException if it has ended or may not be examined
   */
  public static Optional<StartedWith> of(long pid) throws IOException {
    Path directory = Path.of("/proc", Long.toString(pid));
    List<String> words = strings(directory.resolve("cmdline"));
    Optional<Map<String, String>> environment = variables(strings(directory.resolve("environ")));
    return words.isEmpty() || environment.isEmpty()
        ? Optional.empty()
        : Optional.of(new StartedWith(environment.get(), words, isSecure(directory)));
  }

  /** Returns the variables by name, the first one of a name; empty if one has no name. */
  private static Optional<Map<String, String>> variables(List<String> strings) {
    Map<String, String> variables = new HashMap<>();
    for (String variable : strings) {
      int equals = variable.indexOf('=');
      if (equals <= 0) {
        return Optional.empty();
      }
      variables.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return Optional.of(variables);
  }

  private static boolean isSecure(Path directory) throws IOException {
    ByteBuffer words =
        ByteBuffer.wrap(Files.readAllBytes(directory.resolve("auxv")))
            .order(ByteOrder.nativeOrder());
    while (words.remaining() >= 2 * Long.BYTES) {
      if (words.getLong() == AT_SECURE) {
        return words.getLong() != 0;
      }
      words.getLong();
    }
    return false;
  }

  private static List<String> strings(Path file) throws IOException {
    return strings(OwnProcess.split(Files.readAllBytes(file)));
  }

  private static List<String> strings(List<byte[]> all) {
    return all.stream().map(one -> new String(one, StandardCharsets.UTF_8)).toList();
  }
}
