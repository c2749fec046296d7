package org.onemalloc.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.objectfile.elf.ElfFile;

/** Programs of musl, and an image whose JVM is a library of musl that stands for one. */
@Tag("slow")
class MuslLinkTest {
  private static final String PROGRAM =
      "#include <stdlib.h>\n#include <stdio.h>\nint main(void) { free(malloc(9)); puts(\"done\"); }";
  private static final String LIBRARY =
      "#include <stdlib.h>\nvoid *part(void) { return malloc(9); }";

  @TempDir Path directory;
  private Path bin;

  @BeforeEach
  void open() throws Exception {
    Tools.assumeInstalled("musl-gcc");
    directory = directory.toRealPath();
    bin = Files.createDirectory(directory.resolve("bin"));
  }

  private Path compile(Path output, String source, String... options) throws Exception {
    Path text = Files.writeString(directory.resolve("source.c"), source);
    List<String> words = new ArrayList<>(List.of("musl-gcc", "-O1", "-fno-builtin"));
    words.addAll(List.of("-o", output.toString(), text.toString()));
    words.addAll(List.of(options));
    Tools.succeed(words.toArray(String[]::new));
    Files.delete(text);
    return output;
  }

  private static LinkReport link(Path target) {
    return Link.link(target, Link.choose(target, "mimalloc"), "test", false);
  }

  @Test
  void keepsTheRunPathThatAProgramHas() throws Exception {
    Path part = compile(bin.resolve("libpart.so"), LIBRARY, "-shared", "-fPIC");
    for (String tags : List.of("--enable-new-dtags", "--disable-new-dtags")) {
      Path program =
          compile(
              bin.resolve("program"),
              PROGRAM.replace("puts(", "extern void *part(void); part(); puts("),
              part.toString(),
              "-w",
              "-Wl,-rpath,$ORIGIN," + tags);
      Map<String, String> before = Tools.contentOf(directory);
      assertTrue(link(program).changed());
      assertFalse(link(program).changed());
      ElfFile file = ElfFile.read(program);
      assertEquals("libonemalloc-mimalloc.so", file.needed().getFirst());
      assertEquals(Optional.of("$ORIGIN:$ORIGIN/../lib/onemalloc"), file.runpath().or(file::rpath));
      String list = Tools.succeed("/lib/ld-musl-x86_64.so.1", "--list", program.toString());
      assertTrue(list.contains("/lib/onemalloc/libonemalloc-mimalloc.so"), list);
      assertEquals("done\n", Tools.succeed(program.toString()));
      Tools.isUndoneToTheByte(directory, program, before);
    }
  }

  @Test
  void findsWhatDoesNotUseTheAllocator() throws Exception {
    String own = "#include <stddef.h>\nvoid *malloc(size_t n) { return 0; }";
    Path part = compile(bin.resolve("libown.so"), own, "-shared", "-fPIC");
    Path program = compile(bin.resolve("program"), PROGRAM, part.toString(), "-Wl,-rpath,$ORIGIN");
    LinkException refusal = Tools.refusedProof(program);
    assertTrue(refusal.getMessage().contains("libown.so"), refusal.getMessage());
  }

  /** No JDK of musl was to be had, so that only the model shows what its libraries would bind. */
  @Test
  void linksAnImageOfMusl() throws Exception {
    Path image = directory.resolve("image");
    Path server = Files.createDirectories(image.resolve("lib/server"));
    compile(server.resolve("libjvm.so"), LIBRARY, "-shared", "-fPIC");
    compile(image.resolve("lib/libsyslookup.so"), "int nothing;", "-shared", "-fPIC");
    Path java = compile(Files.createDirectory(image.resolve("bin")).resolve("java"), PROGRAM);
    Map<String, String> before = Tools.contentOf(image);
    String said = String.join("\n", link(image).evidence());
    assertTrue(said.contains("The model of the loader binds every malloc-family"), said);
    assertEquals("done\n", Tools.succeed(java.toString()));
    String proof = String.join("\n", Link.verify(image).evidence());
    assertTrue(proof.contains("No JVM of it was asked"), proof);
    Link.undo(image, false);
    assertEquals(before, Tools.contentOf(image));
  }
}
