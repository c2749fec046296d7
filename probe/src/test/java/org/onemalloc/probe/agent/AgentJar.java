package org.onemalloc.probe.agent;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The jar as it is shipped: the manifest is the one that the build uses. */
final class AgentJar {
  private AgentJar() {}

  /** Makes the jar in a directory. */
  static Path in(Path directory) throws IOException {
    Path classes = Path.of("target/classes");
    Path agent = directory.resolve("onemalloc-probe.jar");
    byte[] version = "Manifest-Version: 1.0\n".getBytes(StandardCharsets.UTF_8);
    Manifest manifest = new Manifest();
    try (InputStream in =
        new SequenceInputStream(
            new ByteArrayInputStream(version),
            Files.newInputStream(Path.of("src/main/manifest/MANIFEST.MF")))) {
      manifest.read(in);
    }
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(agent), manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        if (file.toString().endsWith(".class")) {
          jar.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
          Files.copy(file, jar);
        }
      }
    }
    return agent;
  }
}
