package org.onemalloc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onemalloc.cli.Onemalloc.Result;

@Tag("slow")
final class ProfileDiffTest {
  /** Keeps direct buffers of 1 MB, as many as the argument says. */
  private static final String KEEPS =
      """
      import java.nio.ByteBuffer;
      import java.util.*;
      class Keeps {
        public static void main(String[] arguments) {
          List<ByteBuffer> kept = new ArrayList<>();
          for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            kept.add(ByteBuffer.allocateDirect(1 << 20));
          }
          System.out.println(kept.size());
        }
      }
      """;

  @TempDir Path folder;

  private Path record(String name, int buffers) throws Exception {
    Path saved = folder.resolve(name + ".prof");
    List<String> words = new ArrayList<>(List.of("profile", "--save", saved.toString()));
    words.addAll(List.of("--report", folder.resolve(name + ".html").toString(), "--"));
    words.addAll(List.of(Onemalloc.java(), "-Xint", "-cp", folder.toString(), "Keeps"));
    words.add(Integer.toString(buffers));
    Result result = Onemalloc.run(words.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.err().endsWith("The profile is in " + saved + ".\n"), result.err());
    return saved;
  }

  @Test
  void namesFirstWhatAllocatesMore() throws Exception {
    Path source = Files.writeString(folder.resolve("Keeps.java"), KEEPS);
    String compiler = Onemalloc.java() + "c";
    List<String> compile = List.of(compiler, "-d", folder.toString(), source.toString());
    assertEquals(0, Onemalloc.run(Map.of(), compile).exitCode());
    Path before = record("before", 10);
    Path after = record("after", 300);
    Path page = folder.resolve("diff.html");
    Path json = folder.resolve("diff.json");
    Result result =
        Onemalloc.run(
            "profile",
            "--diff",
            before.toString(),
            after.toString(),
            "--report",
            page.toString(),
            "--json",
            json.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().lines().toList().get(2).startsWith("Java: Keeps "), result.out());
    assertTrue(Files.readString(page).contains("[Java: Keeps]: "));
    JsonObject figures = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    JsonObject first = figures.getAsJsonArray("parts").get(0).getAsJsonObject();
    assertEquals("Java: Keeps", first.get("name").getAsString());
    long grown = live(first, "after") - live(first, "before");
    assertTrue(grown >= 290L << 20 && grown < 295L << 20, first.toString());
  }

  private static long live(JsonObject part, String when) {
    return part.getAsJsonObject(when).get("liveBytes").getAsLong();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--diff bad bad",
        "--diff none bad",
        "--diff bad",
        "--diff bad bad --diff bad bad",
        "--diff bad bad -- java",
        "--diff bad bad --save new",
        "--diff bad bad --every 1",
        "--diff bad bad --seconds 1",
        "--diff bad bad --report bad",
        "--diff bad bad --json bad",
        "--diff bad bad --report no/such/page",
        "--json new java",
        "--save no/such/file java",
        "--save page --report page java",
        "--save new"
      })
  void badInputIsRefusedInASentenceAndNothingIsWritten(String arguments) throws Exception {
    Path bad = Files.writeString(folder.resolve("bad"), "bad");
    Files.writeString(folder.resolve("page"), "page");
    List<String> command = new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && exec \"$@\""));
    command.add(folder.toString());
    command.addAll(Onemalloc.command("profile"));
    command.addAll(List.of(arguments.split(" ", -1)));
    Result result = Onemalloc.run(Map.of(), command);
    assertEquals(2, result.exitCode(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertEquals("", result.out());
    assertEquals("bad", Files.readString(bad));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
    assertFalse(result.err().contains("Exception"), result.err());
  }
}
