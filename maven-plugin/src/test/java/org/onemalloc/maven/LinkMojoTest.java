package org.onemalloc.maven;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoFailureException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the failures of the goal. The build of examples/image tests that the goal links an image.
 */
@Tag("slow")
class LinkMojoTest {
  @TempDir Path directory;

  private static String refusal(Path target, String allocator) {
    LinkMojo goal = new LinkMojo(target.toFile(), allocator, false, false);
    String message = assertThrows(MojoFailureException.class, goal::execute).getMessage();
    assertTrue(message.startsWith("onemalloc: "), message);
    assertEquals(-1, message.indexOf('\n'), message);
    return message;
  }

  @Test
  void saysThatTheImageIsMissing() {
    String message = refusal(directory.resolve("image"), "mimalloc");
    assertTrue(message.contains("cannot be read"), message);
  }

  @Test
  void saysThatADirectoryIsNoImage() {
    String message = refusal(directory, "mimalloc");
    assertTrue(message.contains("is not a Java image"), message);
  }

  @Test
  void saysThatAnAllocatorIsNotKnown() {
    String message = refusal(directory, "nomalloc");
    assertTrue(message.contains("nomalloc"), message);
  }

  @Test
  void leavesEverythingAsItIsWhenSkipped() throws Exception {
    new LinkMojo(directory.resolve("missing").toFile(), "mimalloc", true, true).execute();
    try (var files = Files.list(directory)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void isDescribedToMavenWithItsParameters() throws Exception {
    try (InputStream in = LinkMojo.class.getResourceAsStream("/META-INF/maven/plugin.xml")) {
      String text = new String(in.readAllBytes(), UTF_8).replaceAll("\\s+", "");
      for (String part :
          List.of(
              "<goalPrefix>onemalloc</goalPrefix>",
              "<goal>link</goal>",
              "<phase>package</phase>",
              "<parameter><name>target</name>",
              "<parameter><name>allocator</name>",
              "<parameter><name>tuned</name>",
              "<parameter><name>verify</name>",
              "<parameter><name>skip</name>")) {
        assertTrue(text.contains(part), part + " is missing in " + text);
      }
    }
  }
}
