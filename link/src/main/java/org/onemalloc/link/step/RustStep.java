package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.onemalloc.link.LinkException;

/**
 * A link step of rustc or cargo, which call a linker themselves: they get a script for one, which
 * is this command again around {@code cc}. Of cargo only {@code cargo rustc} is taken, because what
 * stands behind its {@code --} reaches the last crate alone, not the build scripts.
 */
final class RustStep {
  private RustStep() {}

  static int run(Request request, Words words, Path work) throws IOException {
    for (String word : words.all()) {
      if (word.startsWith("linker=") || word.startsWith("-Clinker=")) {
        throw LinkException.unusable(
            "The command names a linker itself (%s): make that one onemalloc link --kind %s -- cc."
                .formatted(word, request.kind()));
      }
    }
    Path linker = work.resolve("onemalloc-cc");
    Files.writeString(linker, script(request));
    Files.setPosixFilePermissions(linker, PosixFilePermissions.fromString("rwx------"));
    List<String> command = new ArrayList<>(request.command());
    if (words.driver() == Driver.CARGO) {
      if (!words.arguments().contains("rustc")) {
        throw LinkException.unusable(
            "cargo %s hands no linker to the last crate alone: say cargo rustc, which builds the same."
                .formatted(words.arguments().isEmpty() ? "" : words.arguments().getFirst()));
      }
      if (!command.contains("--")) {
        command.add("--");
      }
    }
    command.addAll(List.of("-C", "linker=" + linker));
    return Processes.inPlace(command, Map.of());
  }

  private static String script(Request request) {
    List<String> words = new ArrayList<>(request.self());
    words.addAll(List.of("link", "--kind", request.kind()));
    request.allocator().ifPresent(allocator -> words.addAll(List.of("--allocator", allocator)));
    words.addAll(List.of("--", Driver.LD.compiler("")));
    StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
    words.forEach(word -> script.append(" '").append(word.replace("'", "'\\''")).append('\''));
    return script.append(" \"$@\"\n").toString();
  }
}
