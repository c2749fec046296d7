package org.onemalloc.allocators.proof;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answer of glibc's loader to the request to bind a program without running it.
 *
 * <p>{@code LD_TRACE_LOADED_OBJECTS} makes the loader stop before the program's entry point, as
 * ldd(1) does; {@code LD_BIND_NOW} makes it bind every reference first, and {@code
 * LD_DEBUG=bindings} makes it print each one (ld.so(8); the line is printed by {@code
 * _dl_lookup_symbol_x} in elf/dl-lookup.c). Only resolvers of indirect functions run. A program
 * without glibc's loader would ignore all of this and run, so the caller must know the interpreter.
 *
 * @param bindings the bindings that were asked for, in the loader's order
 * @param complaints the other lines in which the loader reported an error
 */
public record LoaderTrace(List<Binding> bindings, List<String> complaints) {
  private static final Pattern BINDING =
      Pattern.compile(
          "binding file (.+) \\[\\d+\\] to (.+) \\[\\d+\\]: \\w+ symbol `([^']+)'(?: \\[(.+)\\])?$");

  /** Copies the lists. */
  public LoaderTrace {
    bindings = List.copyOf(bindings);
    complaints = List.copyOf(complaints);
  }

  /**
   * One reference, bound.
   *
   * @param from the file that refers
   * @param to the file that defines
   * @param symbol the name
   */
  public record Binding(String from, String to, String symbol) {}

  /**
   * Asks the loader.
   *
   * @param command the program with its arguments, or the loader itself with a library
   * @param environment the whole environment that the program would get
   * @param symbols accepts the symbols whose bindings are kept
   * @return the loader's answer
   * @throws IOException if the command cannot be started
   */
  public static LoaderTrace ask(
      List<String> command, Map<String, String> environment, Predicate<String> symbols)
      throws IOException {
    Map<String, String> asked = new HashMap<>(environment);
    asked.put("LD_TRACE_LOADED_OBJECTS", "1");
    asked.put("LD_WARN", "yes");
    asked.put("LD_BIND_NOW", "yes");
    return listen(command, asked, symbols);
  }

  /**
   * Runs a program to its end and records what the loader binds, also in libraries that it loads
   * later. A lazily bound reference is recorded when it is first called.
   *
   * @param command a program that ends by itself, with its arguments; its output is discarded
   * @param environment the whole environment that the program gets
   * @param symbols accepts the symbols whose bindings are kept
   * @return the bindings
   * @throws IOException if the command cannot be started
   */
  public static LoaderTrace watch(
      List<String> command, Map<String, String> environment, Predicate<String> symbols)
      throws IOException {
    return listen(command, environment, symbols);
  }

  private static LoaderTrace listen(
      List<String> command, Map<String, String> environment, Predicate<String> symbols)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().keySet().removeIf(name -> name.startsWith("LD_DEBUG"));
    builder.environment().put("LD_DEBUG", "bindings");
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      return read(lines, symbols);
    } finally {
      process.destroyForcibly();
    }
  }

  private static LoaderTrace read(BufferedReader lines, Predicate<String> symbols)
      throws IOException {
    List<Binding> bindings = new ArrayList<>();
    List<String> complaints = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher binding = BINDING.matcher(line);
      if (!binding.find()) {
        if (line.contains("cannot") || line.contains("error") || line.contains("ERROR")) {
          complaints.add(line.strip());
        }
      } else if (symbols.test(binding.group(3))) {
        bindings.add(new Binding(binding.group(1), binding.group(2), binding.group(3)));
      }
    }
    return new LoaderTrace(bindings, complaints);
  }
}
