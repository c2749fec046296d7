package org.onemalloc.maven;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoFailureException;

/**
 * Links by the command of a release, which brings its own Java runtime. It is used if Maven runs on
 * an older Java than the command needs.
 */
final class LinkerOfRelease implements Linker {
  private final Path directory;

  /**
   * Creates a linker from the tarball of a release.
   *
   * @param tarball the tarball that {@code ./release} made
   * @param place the directory of this build into which the tarball is unpacked
   * @throws MojoFailureException if the tarball cannot be unpacked
   */
  LinkerOfRelease(Path tarball, Path place) throws MojoFailureException {
    this.directory = place;
    if (Files.isDirectory(place)) {
      return;
    }
    try {
      // Complete or absent: an interrupted build leaves only a directory with another name.
      Path part =
          Files.createTempDirectory(
              Files.createDirectories(place.toAbsolutePath().getParent()), "unpacking");
      run(
          "cannot unpack " + tarball,
          List.of(
              "tar", "-xzf", tarball.toString(), "-C", part.toString(), "--strip-components=1"));
      Files.move(part, place);
    } catch (IOException e) {
      throw new MojoFailureException(
          "onemalloc: cannot unpack %s into %s: %s".formatted(tarball, place, e.getMessage()), e);
    }
  }

  private Path command() {
    return directory.resolve("bin/onemalloc");
  }

  @Override
  public List<String> link(Path target, String allocator, boolean verify)
      throws MojoFailureException {
    List<String> arguments = List.of("link", target.toString(), "--allocator", allocator);
    String failed = "cannot start " + command();
    try (Stream<String> first = command(failed, arguments)) {
      if (!verify) {
        return first.toList();
      }
      return Stream.concat(first, command(failed, List.of("link", "--verify", target.toString())))
          .toList();
    }
  }

  private Stream<String> command(String failed, List<String> arguments)
      throws MojoFailureException {
    List<String> words =
        Stream.concat(Stream.of(command().toString()), arguments.stream()).toList();
    return run(failed, words).lines();
  }

  private static String run(String failed, List<String> words) throws MojoFailureException {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new MojoFailureException(
            said.startsWith("onemalloc: ")
                ? said.strip()
                : "onemalloc: %s (exit code %d): %s".formatted(failed, exitCode, said.strip()));
      }
      return said;
    } catch (IOException e) {
      throw new MojoFailureException("onemalloc: %s: %s".formatted(failed, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MojoFailureException("onemalloc: %s: interrupted".formatted(failed), e);
    }
  }
}
