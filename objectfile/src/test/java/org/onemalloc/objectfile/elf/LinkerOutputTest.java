package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onemalloc.objectfile.elf.NeededLibraries.Change;
import org.onemalloc.objectfile.elf.NeededLibraries.Edit;

/** Edits the output of other linkers, which leave room in different places. */
@Tag("slow")
class LinkerOutputTest {
  private static final String NAME = "$ORIGIN/../lib/onemalloc/libmimalloc.so";

  @TempDir Path directory;
  private Path allocator;
  private Path program;

  @ParameterizedTest
  @CsvSource({
    "ld.bfd, -fuse-ld=bfd",
    "ld.bfd, -fuse-ld=bfd -no-pie",
    "ld.bfd, -fuse-ld=bfd -Wl;-z;noseparate-code",
    "ld.bfd, -fuse-ld=bfd -Wl;-z;separate-code -Wl;-z;now",
    "ld.bfd, -fuse-ld=bfd -no-pie -Wl;-z;lazy -Wl;-z;norelro",
    "ld.bfd, -fuse-ld=bfd -Wl;-z;pack-relative-relocs -Wl;--hash-style=sysv",
    "ld.gold, -fuse-ld=gold",
    "ld.gold, -fuse-ld=gold -no-pie -Wl;-z;now",
    "ld.lld, -fuse-ld=lld",
    "ld.lld, -fuse-ld=lld -no-pie",
    "ld.lld, -fuse-ld=lld -Wl;-z;separate-code -Wl;-z;now",
    "mold, -fuse-ld=mold",
    "mold, -fuse-ld=mold -no-pie",
    "mold, -fuse-ld=mold -Wl;-z;separate-code -Wl;-z;now"
  })
  void bindsAsUnderPreloading(String linker, String options) throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled(linker);
    String[] words = options.replace(';', ',').split(" ", -1);
    Programs.assumeLinks(directory, words);
    stage();
    List<String> command = new ArrayList<>(List.of("cc", "-O1", "-o", program.toString()));
    command.add(Programs.source(directory, "family.c").toString());
    command.addAll(List.of(words));
    Programs.succeed(command.toArray(String[]::new));
    judge(linker + " " + options);
  }

  @ParameterizedTest
  @CsvSource({"internal", "external"})
  void bindsGoProgramsAsUnderPreloading(String linkMode) throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("go", "cc");
    stage();
    Path source =
        Files.writeString(
            directory.resolve("who.go"),
            """
            package main
            import ("fmt"; "os/user")
            func main() { u, err := user.LookupId("0"); fmt.Println(u.Username, err) }
            """);
    Programs.succeed(
        Map.of("GOCACHE", directory + "/cache", "GO111MODULE", "off", "CGO_ENABLED", "1"),
        "go",
        "build",
        "-ldflags=-linkmode=" + linkMode,
        "-o",
        program.toString(),
        source.toString());
    judge("go -linkmode=" + linkMode);
  }

  @Test
  void bindsRustProgramsAsUnderPreloading() throws Exception {
    Programs.assumeX64Linux();
    Programs.assumeInstalled("rustc", "cc");
    stage();
    Path source =
        Files.writeString(
            directory.resolve("who.rs"),
            "fn main() { let v: Vec<String> = std::env::args().collect(); println!(\"{}\", v.len()); }");
    Programs.succeed("rustc", "-O", "-o", program.toString(), source.toString());
    judge("rustc");
  }

  private void stage() throws Exception {
    program = Files.createDirectory(directory.resolve("bin")).resolve("program");
    Path home = Files.createDirectories(directory.resolve("lib/onemalloc"));
    allocator = Programs.write(home, "libmimalloc.so", Native.MIMALLOC.preloadable());
  }

  private void judge(String what) throws Exception {
    Map<String, String> preloaded = Map.of("LD_PRELOAD", allocator.toString());
    final String output = Programs.succeed(preloaded, program.toString());
    final Set<String> reference = Bindings.of(program, preloaded);
    assertTrue(Bindings.anyMallocFrom(allocator, reference), reference.toString());
    final Set<String> lint = lint();
    final long size = Files.size(program);
    Edit edit = NeededLibraries.first(ElfFile.read(program), NAME);
    Files.write(program, edit.file().bytes());
    System.out.printf("%s: %s, %d bytes more%n", what, edit.change(), Files.size(program) - size);
    Set<String> news = lint();
    news.removeAll(lint);
    assertEquals(Set.of(), news);
    binds(reference, output);
    for (String tool : List.of("strip", "llvm-strip")) {
      Programs.assumeInstalled(tool);
      Files.write(program, edit.file().bytes());
      Programs.succeed(tool, program.toString());
      binds(reference, output);
    }
    Edit again = NeededLibraries.first(edit.file(), NAME);
    assertEquals(Change.NONE, again.change());
  }

  private void binds(Set<String> reference, String output) throws Exception {
    assertEquals(reference, Bindings.of(program, Map.of()));
    assertEquals(output, Programs.succeed(program.toString()));
  }

  private Set<String> lint() throws Exception {
    Programs.assumeInstalled("eu-elflint");
    List<String> command = List.of("eu-elflint", "--gnu-ld", program.toString());
    String output = Programs.run(Map.of("LC_ALL", "C"), command).output();
    // a program header that was replaced moves after the others
    String unnumbered = output.replaceAll("program header entry \\d+", "a program header entry");
    return new TreeSet<>(Arrays.asList(unnumbered.split("\n", -1)));
  }
}
