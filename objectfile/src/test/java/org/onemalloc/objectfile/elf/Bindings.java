package org.onemalloc.objectfile.elf;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the definitions to which the loader of glibc binds the references of a program, without
 * running the program.
 */
final class Bindings {
  private static final Pattern BINDING =
      Pattern.compile(
          "binding file (.+) \\[\\d+\\] to (.+) \\[\\d+\\]: (\\w+ symbol `[^']+'(?: \\[.+\\])?)$");
  private static final Pattern MALLOC = Pattern.compile("symbol `(malloc|calloc|realloc|free)'");

  private Bindings() {}

  static Set<String> of(Path program, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("LD_TRACE_LOADED_OBJECTS", "1");
    builder.environment().put("LD_WARN", "yes");
    builder.environment().put("LD_BIND_NOW", "yes");
    builder.environment().put("LD_DEBUG", "bindings");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    process.getOutputStream().close();
    Set<String> bindings = new TreeSet<>();
    try (BufferedReader lines = process.errorReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = BINDING.matcher(line);
        if (matcher.find()) {
          bindings.add(
              normal(matcher.group(1)) + " " + matcher.group(3) + " " + normal(matcher.group(2)));
        }
      }
    }
    return bindings;
  }

  static boolean anyMallocFrom(Path allocator, Set<String> bindings) {
    return bindings.stream().anyMatch(b -> b.endsWith(" " + allocator) && MALLOC.matcher(b).find());
  }

  private static String normal(String file) {
    return Path.of(file).normalize().toString();
  }
}
