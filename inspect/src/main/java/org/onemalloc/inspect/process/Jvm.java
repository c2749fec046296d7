package org.onemalloc.inspect.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onemalloc.inspect.result.LiveState.JavaState;
import org.onemalloc.text.TemporaryFiles;

/**
 * Reads what is known of a Java virtual machine: from its command line and, on request, from jcmd.
 */
final class Jvm {
  /** The time limit, longer than jcmd itself waits for an answer. */
  private static final long PATIENCE_SECONDS = 20;

  private static final List<String> COMMANDS =
      List.of("VM.flags", "VM.native_memory scale=b", "VM.info");

  /** Variables from which the launcher or the virtual machine reads flags (java(1)). */
  private static final List<String> VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private static final Pattern FLAG =
      Pattern.compile(
          "-XX:(?:TrimNativeHeapInterval|NativeMemoryTracking|GlibcMallocArenas|MallocLimit"
              + "|MaxDirectMemorySize)=\\S+");

  private static final Pattern TRACKED = Pattern.compile("malloc: (\\d+)");
  private static final Pattern C_HEAP =
      Pattern.compile("C-Heap outstanding allocations: (\\d+)([KMG]?), retained: (\\d+)([KMG]?)");

  private Jvm() {}

  static JavaState state(
      long pid,
      List<String> command,
      Map<String, String> environment,
      boolean attach,
      Consumer<String> notes) {
    Set<String> flags = new LinkedHashSet<>();
    command.forEach(word -> addFlags(word, flags));
    VARIABLES.forEach(name -> addFlags(environment.getOrDefault(name, ""), flags));
    String said = attach ? ask(pid, notes) : "";
    addFlags(said, flags);
    Matcher heap = C_HEAP.matcher(said);
    boolean hasHeap = heap.find();
    Matcher tracked = TRACKED.matcher(said);
    return new JavaState(
        List.copyOf(flags),
        tracked.find() ? Optional.of(Long.parseLong(tracked.group(1))) : Optional.empty(),
        hasHeap ? Optional.of(bytes(heap.group(1), heap.group(2))) : Optional.empty(),
        hasHeap ? Optional.of(bytes(heap.group(3), heap.group(4))) : Optional.empty());
  }

  private static void addFlags(String text, Set<String> flags) {
    FLAG.matcher(text).results().forEach(flag -> flags.add(flag.group()));
  }

  private static long bytes(String number, String unit) {
    int shift =
        switch (unit) {
          case "K" -> 10;
          case "M" -> 20;
          case "G" -> 30;
          default -> 0;
        };
    return Long.parseLong(number) << shift;
  }

  /** Returns all answers of jcmd, in one attachment; empty if there are none. */
  private static String ask(long pid, Consumer<String> notes) {
    if (!ProcessOwner.isThisUser(pid)) {
      notes.accept(
          "The virtual machine belongs to another user and was not asked: run onemalloc as that user.");
      return "";
    }
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(jcmd)) {
      notes.accept("The virtual machine was not asked: there is no " + jcmd + ".");
      return "";
    }
    try {
      File commands = TemporaryFiles.newFile("onemalloc", ".jcmd").toFile();
      File answer = TemporaryFiles.newFile("onemalloc", ".txt").toFile();
      try {
        Files.write(commands.toPath(), COMMANDS);
        return ask(jcmd, pid, commands, answer, notes);
      } finally {
        Files.deleteIfExists(commands.toPath());
        Files.deleteIfExists(answer.toPath());
      }
    } catch (IOException e) {
      notes.accept("The virtual machine could not be asked: " + e.getMessage() + ".");
      return "";
    }
  }

  private static String ask(Path jcmd, long pid, File commands, File answer, Consumer<String> notes)
      throws IOException {
    Process asking =
        new ProcessBuilder(jcmd.toString(), Long.toString(pid), "-f", commands.toString())
            .redirectErrorStream(true)
            .redirectOutput(answer)
            .start();
    try {
      if (asking.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && asking.exitValue() == 0) {
        return Files.readString(answer.toPath(), StandardCharsets.ISO_8859_1);
      }
      notes.accept(
          "The virtual machine did not answer jcmd: it may be stopped, or belong to another user.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      asking.destroyForcibly();
    }
    return "";
  }
}
