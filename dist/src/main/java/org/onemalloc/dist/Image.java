package org.onemalloc.dist;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A container image with one directory, {@code /opt/onemalloc}, and without a base image. Other
 * images copy the directory from it ({@code COPY --from}). The build downloads nothing and needs no
 * container engine.
 */
final class Image {
  private static final AbsoluteUnixPath PLACE = AbsoluteUnixPath.get("/opt/onemalloc");

  private Image() {}

  /**
   * Writes the image as a tar file in the OCI image layout.
   *
   * @param arguments the directory, the tar file to write, the version, and the time of every file
   *     in seconds since 1970
   * @throws Exception if the image cannot be written
   */
  static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Instant time = Instant.ofEpochSecond(Long.parseLong(arguments[3]));
    Path cache = Files.createTempDirectory("jib");
    Jib.fromScratch()
        .setFormat(ImageFormat.OCI)
        .setCreationTime(time)
        .addLabel("org.opencontainers.image.title", "onemalloc")
        .addLabel("org.opencontainers.image.version", arguments[2])
        .addLabel("org.opencontainers.image.licenses", "Apache-2.0")
        .setEntrypoint(PLACE + "/bin/onemalloc")
        .setFileEntriesLayers(layer(directory, time))
        .containerize(
            Containerizer.to(TarImage.at(Path.of(arguments[1])).named("onemalloc:" + arguments[2]))
                .setOfflineMode(true)
                .setApplicationLayersCache(cache)
                .setBaseImageLayersCache(cache));
  }

  private static FileEntriesLayer layer(Path directory, Instant time) throws IOException {
    FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName("onemalloc");
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> sorted = files.sorted().toList();
      for (Path file : sorted) {
        boolean executable = Files.isDirectory(file) || Files.isExecutable(file);
        layer.addEntry(
            file,
            PLACE.resolve(directory.relativize(file)),
            FilePermissions.fromOctalString(executable ? "755" : "644"),
            time);
      }
    }
    return layer.build();
  }
}
