package org.onemalloc.compare.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless browser: loads a page and hands back what it made of it. */
final class Chromium {
  private static final long PATIENCE_SECONDS = 60;

  private final Path program;
  private final Path directory;

  private Chromium(Path program, Path directory) {
    this.program = program;
    this.directory = directory;
  }

  static Optional<Chromium> find(Path directory) {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(name -> Stream.of(System.getenv("PATH").split(":", -1)).map(d -> Path.of(d, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new Chromium(program, directory));
  }

  String dom(Path page, int width) throws IOException, InterruptedException {
    return run(page, width, "--dump-dom");
  }

  Path screenshot(Path page, int width) throws IOException, InterruptedException {
    Path picture = Files.createTempFile(directory, "page", ".png");
    run(page, width, "--screenshot=" + picture);
    return picture;
  }

  private String run(Path page, int width, String action) throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory(directory, "profile");
    Path output = Files.createTempFile(directory, "output", ".txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--user-data-dir=" + profile,
                "--window-size=" + width + ",3600",
                action,
                page.toUri().toString()));
    Process browser =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!browser.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      browser.descendants().forEach(ProcessHandle::destroyForcibly);
      browser.destroyForcibly();
      throw new IOException("chromium did not end");
    }
    return Files.readString(output);
  }
}
