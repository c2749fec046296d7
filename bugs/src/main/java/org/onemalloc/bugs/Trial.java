package org.onemalloc.bugs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mistake that was made in a JVM of its own.
 *
 * @param outcome the outcome
 * @param output what the JVM printed
 * @param crash the hs_err file, empty if there is none
 */
record Trial(Outcome outcome, String output, String crash) {
  /** The time after which a JVM counts as hung, also on a busy machine. */
  private static final long PATIENCE_SECONDS = 120;

  private static final Pattern ADDRESS = Pattern.compile("si_addr: 0x([0-9a-f]{16})");

  /** A line of the list of mappings: start, end, the block, and what happened to it. */
  private static final Pattern MAPPING =
      Pattern.compile(
          "^([0-9a-f]{8,})-([0-9a-f]{8,}) .*/memfd:onemalloc: (\\d+ B at 0x[0-9a-f]+)(.*)$",
          Pattern.MULTILINE);

  /** Makes a mistake in a mode; {@code more} are arguments after the name of the bug. */
  static Trial run(Mode mode, Bug bug, String... more) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("onemalloc-bug");
    Path crash = directory.resolve("hs_err.log");
    Path output = directory.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + crash));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("--sun-misc-unsafe-memory-access=allow"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(mode.flags());
    command.addAll(bug.options());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(bug.name().equals("clean") ? List.of() : List.of(mode.library().name()));
    command.add(bug.name());
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    String printed = Files.readString(output, StandardCharsets.ISO_8859_1);
    String died = Files.exists(crash) ? Files.readString(crash, StandardCharsets.ISO_8859_1) : "";
    for (Path file : List.of(crash, output, directory)) {
      Files.deleteIfExists(file);
    }
    Outcome outcome =
        mode.library() == Library.HEAP
            ? ours(bug, process, printed, died)
            : mode.library().isReport(printed)
                ? Outcome.FOUND
                : unknown(process.exitValue(), printed);
    return new Trial(outcome, printed, died);
  }

  private static Outcome ours(Bug bug, Process process, String printed, String died) {
    boolean told =
        bug.kind().equals(Bug.LEAKED)
            ? printed.contains("were not freed, at exit") && printed.contains("Bugs.java:")
            : printed.contains("[" + bug.kind() + "]") && printed.contains("Bugs.java:");
    if (told) {
      return Outcome.FOUND;
    }
    if (!died.isEmpty() && fault(died).contains("Bugs.java:")) {
      return Outcome.FAULT;
    }
    return unknown(process.exitValue(), printed);
  }

  /** Returns the labels of the block that contains the address of the fault, one per line. */
  static String fault(String died) {
    Matcher address = ADDRESS.matcher(died);
    if (!address.find()) {
      return "";
    }
    long at = Long.parseUnsignedLong(address.group(1), 16);
    StringBuilder labels = new StringBuilder();
    for (Matcher hit = MAPPING.matcher(died); hit.find(); ) {
      if (at >= Long.parseLong(hit.group(1), 16) && at < Long.parseLong(hit.group(2), 16)) {
        String block = hit.group(3);
        MAPPING
            .matcher(died)
            .results()
            .filter(other -> other.group(3).equals(block))
            .forEach(other -> labels.append(block).append(other.group(4)).append('\n'));
      }
    }
    return labels.toString();
  }

  private static Outcome unknown(int exit, String printed) {
    if (exit == 0) {
      return Outcome.SILENT;
    }
    return exit >= 128 || printed.contains("fatal error") ? Outcome.DIED : Outcome.OTHER;
  }
}
