package org.onemalloc.example.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image as it is shipped: it is started, sent a request, and observed through the loader's
 * trace.
 */
class ImageIT {
  private static final Path IMAGE = Path.of(System.getProperty("image"));
  private static final Path LIBRARY = IMAGE.resolve("lib/onemalloc/libmimalloc.so");
  private static final Pattern BINDING =
      Pattern.compile("binding file (\\S+) .* to (\\S+) .*`(malloc|free|calloc|realloc)'.*");

  @TempDir Path directory;

  @Test
  void theServiceAnswersAndUsesTheAllocatorEverywhere() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            IMAGE + "/bin/java", "-m", "onemalloc.example.image/" + Squeeze.class.getName());
    builder.environment().remove("LD_PRELOAD");
    builder.environment().put("LD_DEBUG", "bindings");
    builder.environment().put("LD_DEBUG_OUTPUT", directory + "/bindings");
    Process service = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      int port = Integer.parseInt(service.inputReader().readLine());
      String text = "a".repeat(1000);
      try (InputStream in =
          URI.create("http://localhost:" + port + "/" + text).toURL().openStream()) {
        int size = Integer.parseInt(new String(in.readAllBytes(), US_ASCII).strip());
        assertTrue(size > 0 && size < 100, size + " bytes");
      }
    } finally {
      service.destroy();
      service.waitFor();
    }
    Path log = directory.resolve("bindings." + service.pid());
    Set<String> users = new TreeSet<>();
    for (String line : Files.readAllLines(log)) {
      Matcher binding = BINDING.matcher(line);
      if (binding.find()) {
        assertEquals(LIBRARY.toRealPath(), Path.of(binding.group(2)).toRealPath(), line);
        users.add(Path.of(binding.group(1)).getFileName().toString());
      }
    }
    assertTrue(users.containsAll(List.of("libjvm.so", "libzip.so", "libc.so.6")), users + "");
  }

  @Test
  void theRecordSaysWhatWasChosen() throws Exception {
    Properties record = new Properties();
    try (InputStream in = Files.newInputStream(IMAGE.resolve("lib/onemalloc/choice.properties"))) {
      record.load(in);
    }
    assertEquals("mimalloc", record.getProperty("allocator"));
    assertTrue(record.getProperty("tuning").contains("purge_delay=0"), record.toString());
  }
}
