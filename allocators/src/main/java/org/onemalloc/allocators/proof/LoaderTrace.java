package org.onemalloc.allocators.proof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.text.KernelLines;

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
          "binding file (.+) \\[\\d+\\] to (.+) \\[\\d+\\]: \\w+ symbol `([^']+)'(?: \\[(.+)\\])?\\z",
          Pattern.DOTALL);

  /** What the loader prints before a record: its process id. */
  private static final Pattern RECORD = Pattern.compile(" *\\d+:\t");

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
   * Asks the loader of this machine.
   *
   * @param command the program with its arguments, or the loader itself with a library
   * @param environment the whole environment that the program would get
   * @param wanted accepts the bindings that are kept
   * @return the loader's answer
   * @throws IOException if the command cannot be started
   */
  public static LoaderTrace ask(
      List<String> command, Map<String, String> environment, Predicate<Binding> wanted)
      throws IOException {
    return ask(Starting.HERE, command, environment, wanted);
  }

  /**
   * Asks the loader.
   *
   * @param starting how the command is started
   * @param command the program with its arguments, or the loader itself with a library
   * @param environment the whole environment that the program would get
   * @param wanted accepts the bindings that are kept
   * @return the loader's answer
   * @throws IOException if the command cannot be started
   */
  public static LoaderTrace ask(
      Starting starting,
      List<String> command,
      Map<String, String> environment,
      Predicate<Binding> wanted)
      throws IOException {
    Map<String, String> asked = new HashMap<>(environment);
    asked.put("LD_TRACE_LOADED_OBJECTS", "1");
    asked.put("LD_WARN", "yes");
    asked.put("LD_BIND_NOW", "yes");
    return listen(starting, command, asked, wanted);
  }

  /**
   * Runs a program to its end and records what the loader binds, also in libraries that it loads
   * later. A lazily bound reference is recorded when it is first called.
   *
   * @param starting how it is started
   * @param command a program that ends by itself, with its arguments; its output is discarded
   * @param environment the whole environment that the program gets
   * @param symbols accepts the symbols whose bindings are kept
   * @return the bindings
   * @throws IOException if the command cannot be started
   */
  public static LoaderTrace watch(
      Starting starting,
      List<String> command,
      Map<String, String> environment,
      Predicate<String> symbols)
      throws IOException {
    return listen(starting, command, environment, binding -> symbols.test(binding.symbol()));
  }

  private static LoaderTrace listen(
      Starting starting,
      List<String> command,
      Map<String, String> environment,
      Predicate<Binding> wanted)
      throws IOException {
    Map<String, String> debugging = new HashMap<>(environment);
    debugging.keySet().removeIf(name -> name.startsWith("LD_DEBUG"));
    debugging.put("LD_DEBUG", "bindings");
    ProcessBuilder builder = starting.process(command, debugging);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try (KernelLines lines = new KernelLines(process.getErrorStream())) {
      return read(lines, wanted);
    } finally {
      process.destroyForcibly();
    }
  }

  private static LoaderTrace read(KernelLines lines, Predicate<Binding> wanted) throws IOException {
    List<Binding> bindings = new ArrayList<>();
    List<String> complaints = new ArrayList<>();
    String begun = "";
    for (String line = lines.next(); line != null; line = lines.next()) {
      // The loader does not escape names: one with a newline continues on the next line.
      boolean continues = !begun.isEmpty() && !RECORD.matcher(line).lookingAt();
      String record = continues ? begun + '\n' + line : line;
      Matcher found = BINDING.matcher(record);
      boolean complete = found.find();
      begun = !complete && record.contains("binding file ") ? record : "";
      if (!complete) {
        if (line.contains("cannot") || line.contains("error") || line.contains("ERROR")) {
          complaints.add(line.strip());
        }
        continue;
      }
      Binding binding = new Binding(found.group(1), found.group(2), found.group(3));
      if (wanted.test(binding)) {
        bindings.add(binding);
      }
    }
    return new LoaderTrace(bindings, complaints);
  }
}
