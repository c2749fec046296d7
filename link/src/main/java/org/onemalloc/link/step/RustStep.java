package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.onemalloc.link.LinkException;

/**
 * Runs a link step of rustc or cargo. Both call a linker themselves. They get a script as their
 * linker, which runs this command again with {@code cc}.
 *
 * <p>{@code cargo rustc} passes the script to the last crate alone, by the words after {@code --}.
 * The other commands of cargo get the script as the linker of the target (environment variable
 * {@code CARGO_TARGET_TRIPLE_LINKER}, The Cargo Book, "Configuration"). That linker links build
 * scripts and procedural macros too, so the kind of each artifact decides, as with {@code --kind
 * auto}.
 */
final class RustStep {
  private RustStep() {}

  static int run(Request request, Words words, Path work) throws IOException {
    for (String word : words.all()) {
      if (word.startsWith("linker=") || word.startsWith("-Clinker=")) {
        throw LinkException.unusable(
            "The command names a linker itself (%s): make that one onemalloc link --kind %s -- cc."
                .formatted(word, request.kind().label()));
      }
    }
    boolean lastCrateAlone = words.driver() == Driver.RUSTC || words.arguments().contains("rustc");
    Path linker = work.resolve("onemalloc-cc");
    Files.writeString(linker, script(request, lastCrateAlone ? request.kind() : Request.Kind.AUTO));
    Files.setPosixFilePermissions(linker, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(request.command());
    if (!lastCrateAlone) {
      return Processes.inPlace(command, Map.of(variable(words), linker.toString()));
    }
    if (words.driver() == Driver.CARGO && !command.contains("--")) {
      command.add("--");
    }
    command.addAll(List.of("-C", "linker=" + linker));
    return Processes.inPlace(command, Map.of());
  }

  /**
   * Returns the name of the environment variable from which cargo takes the linker of its target.
   */
  private static String variable(Words words) throws IOException {
    String triple = "";
    List<String> all = words.all();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).equals("--target") && i + 1 < all.size()) {
        triple = all.get(i + 1);
      } else if (all.get(i).startsWith("--target=")) {
        triple = all.get(i).substring("--target=".length());
      }
    }
    if (triple.isEmpty()) {
      triple = host();
    }
    String variable =
        "CARGO_TARGET_%s_LINKER"
            .formatted(triple.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_'));
    String users = System.getenv(variable);
    if (users != null && !users.isEmpty()) {
      throw LinkException.unusable(
          "%s names a linker already (%s): make that one onemalloc link --kind auto -- cc."
              .formatted(variable, users));
    }
    return variable;
  }

  private static String host() throws IOException {
    String rustc = System.getenv().getOrDefault("RUSTC", "rustc");
    return Processes.hear(List.of(rustc, "-vV"))
        .output()
        .lines()
        .filter(line -> line.startsWith("host: "))
        .map(line -> line.substring("host: ".length()).strip())
        .findFirst()
        .orElseThrow(
            () ->
                LinkException.unusable(
                    "%s -vV does not name its host, so cargo cannot be given a linker for it: add --target."
                        .formatted(rustc)));
  }

  private static String script(Request request, Request.Kind kind) {
    List<String> words = new ArrayList<>(request.self());
    words.addAll(List.of("link", "--kind", kind.label()));
    request.allocator().ifPresent(allocator -> words.addAll(List.of("--allocator", allocator)));
    words.addAll(List.of("--", Driver.LD.compiler("")));
    StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
    words.forEach(word -> script.append(" '").append(word.replace("'", "'\\''")).append('\''));
    return script.append(" \"$@\"\n").toString();
  }
}
