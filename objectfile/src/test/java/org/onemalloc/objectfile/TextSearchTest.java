package org.onemalloc.objectfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.Programs;

class TextSearchTest {
  private static final List<String> TEXTS =
      List.of("abababab", "babababab", "aaaaaaaabb", "bbbbbbbbbbbb", "abab");

  @TempDir Path directory;

  @Test
  void findsTextsWhereAStringSearchFindsThem() {
    Random random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(400)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (random.nextInt(6) == 0 ? 'a' + random.nextInt(2) : i % 2 + 'a');
      }
      String content = new String(bytes, StandardCharsets.ISO_8859_1);
      List<String> texts = TEXTS.subList(round % 2, 4 + round % 2);
      TextSearch search = new TextSearch(texts);
      int[] expected = texts.stream().mapToInt(content::indexOf).toArray();
      assertEquals(Arrays.toString(expected), Arrays.toString(search.firstIn(bytes)));
      int from = bytes.length / 3;
      int to = bytes.length - bytes.length / 4;
      List<String> places = new ArrayList<>();
      search.forEach(bytes, from, to, (text, place) -> places.add(place + " " + text));
      assertEquals(places(content, texts, from, to), places);
    }
  }

  private static List<String> places(String content, List<String> texts, int from, int to) {
    List<String> places = new ArrayList<>();
    for (int at = from; at < to; at++) {
      for (int text = 0; text < texts.size(); text++) {
        if (content.substring(at, to).startsWith(texts.get(text))) {
          places.add(at + " " + text);
        }
      }
    }
    return places;
  }

  @Test
  void refusesTextsThatItCannotJumpBy() {
    for (String text : List.of("", "a", "x".repeat(128))) {
      assertThrows(IllegalArgumentException.class, () -> new TextSearch(List.of(text)), text);
    }
  }

  @Test
  void readsInAFileWhatAStringSearchReadsOutsideOfItsCode() throws Exception {
    Programs.assumeInstalled("cc", "strip");
    Path source = directory.resolve("texts.c");
    Files.writeString(
        source,
        """
        #include <stdio.h>
        const char *in_data = "a text in read-only data";
        char in_writable[] = "a text in writable data";
        void a_function_with_a_name(void) { puts(in_data); puts(in_writable); }
        __asm__(".text\\n.ascii \\"a text amid the code\\"\\n.text");
        """);
    Path library = directory.resolve("texts.so");
    Programs.succeed("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString());
    TextSearch search =
        new TextSearch(
            List.of(
                "a text in read-only data",
                "a text in writable data",
                "a_function_with_a_name",
                "a text amid the code"));
    List<Integer> found = texts(library, search);
    assertEquals(List.of(0, 1, 2), found.stream().distinct().sorted().toList());
    assertEquals(2, found.stream().filter(text -> text == 2).count(), "in .dynstr and .strtab");
    // without section headers the place of the code is unknown
    byte[] bytes = Files.readAllBytes(library);
    Arrays.fill(bytes, 40, 48, (byte) 0);
    Arrays.fill(bytes, 60, 64, (byte) 0);
    Files.write(library, bytes);
    assertEquals(List.of(0, 1, 2, 3), texts(library, search).stream().distinct().sorted().toList());
  }

  private static List<Integer> texts(Path library, TextSearch search) throws Exception {
    List<Integer> found = new ArrayList<>();
    ElfFile.read(library).findTexts(search, (text, place) -> found.add(text));
    return found;
  }
}
