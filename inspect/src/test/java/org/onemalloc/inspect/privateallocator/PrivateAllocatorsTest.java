package org.onemalloc.inspect.privateallocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.onemalloc.inspect.archive.NativeFile;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.objectfile.elf.ElfFile;

class PrivateAllocatorsTest {
  /**
   * Every file with an allocator inside, by jar. The rest, such as rocksdbjni, which looks for
   * jemalloc, or duckdb 1.1.3, has none. Truth: the symbols and the option strings of the files, as
   * {@code nm}, {@code strings} and the projects' build files show them.
   */
  private static final Map<String, String> TRUTH =
      Map.of(
          "lwjgl-jemalloc-3.4.3-natives-[a-z0-9-]+\\.jar!.*jemalloc\\.(so|dll|dylib)", "jemalloc",
          "lwjgl-mimalloc-3.4.3-natives-[a-z0-9-]+\\.jar!.*mimalloc\\.(so|dll|dylib)", "mimalloc",
          "lwjgl-rpmalloc-3.4.3-natives-[a-z0-9-]+\\.jar!.*rpmalloc\\.(so|dll|dylib)", "rpmalloc",
          "duckdb_jdbc-1.4.1.0.jar!/libduckdb_java.so_(linux_(amd64|arm64)|osx_universal)",
              "jemalloc",
          "duckdb_jdbc-2.0.0.1.jar!/libduckdb_java.so_linux_(amd64|arm64)", "jemalloc",
          "arrow-dataset-18.3.0.jar!.*arrow_dataset_jni\\.(so|dylib|dll)", "mimalloc",
          "arrow-gandiva-16.1.0.jar!.*libgandiva_jni\\.(so|dylib)", "jemalloc");

  private static String truth(NativeFile file) {
    return TRUTH.entrySet().stream()
        .filter(e -> file.name().matches(".*/" + e.getKey()))
        .map(Map.Entry::getValue)
        .collect(Collectors.joining());
  }

  @Test
  void isRightAboutEveryRealFile() throws IOException {
    Map<String, String> wrong = new TreeMap<>();
    int[] count = new int[2];
    RealNatives.forEach(
        file -> {
          byte[] content = RealNatives.read(file);
          List<PrivateAllocator> found = PrivateAllocators.in(content);
          if (file.format() == NativeFormat.ELF) {
            assertEquals(
                found, PrivateAllocators.in(ElfFile.over(content, file.name())), file.name());
          }
          String names =
              found.stream().map(PrivateAllocator::name).collect(Collectors.joining(" "));
          count[0]++;
          count[1] += found.size();
          if (!names.equals(truth(file))) {
            wrong.put(file.name(), found.toString());
          }
        });
    System.out.println(
        "Private allocators: %d in %d files, %d wrong".formatted(count[1], count[0], wrong.size()));
    assertEquals(Map.of(), wrong);
    assertTrue(count[0] >= 100 && count[1] >= 19, count[0] + " files, " + count[1] + " found");
  }

  @Test
  void namesTheVariableThatConfiguresTheCopy() throws IOException {
    byte[] file =
        RealNatives.bytes("natives-linux.jar!/linux/x64/org/lwjgl/jemalloc/libjemalloc.so");
    assertEquals(
        List.of(
            new PrivateAllocator("jemalloc", "it contains \"<jemalloc>:\" and \"JE_MALLOC_CONF\"")),
        PrivateAllocators.in(file));
  }

  @Test
  void anAllocatorThatServesOthersIsNotPrivate() throws IOException {
    Path library = Path.of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2");
    Assumptions.assumeTrue(Files.exists(library), "why: libjemalloc2 is not installed");
    byte[] file = Files.readAllBytes(library);
    assertEquals("jemalloc", PrivateAllocators.in(file).getFirst().name());
    assertEquals(List.of(), PrivateAllocators.in(file, List.of("malloc", "free")));
    assertEquals(1, PrivateAllocators.in(file, List.of("mallocx")).size());
  }

  @Test
  void isNotTakenInByThoseWhoOnlyMentionAnAllocator() {
    for (String text :
        List.of(
            "jemalloc_memory_pool mallocx sdallocx mallctl je_malloc_conf MALLOC_CONF",
            "linked against jemalloc, see <jemalloc> manual",
            "tcmalloc.max_total_thread_cache_bytes TCMALLOC_STACKTRACE_METHOD",
            "mimalloc mimalloc_memory_pool MIMALLOC_VERBOSE libmimalloc.so.2",
            "SCUDO_OPTIONS rpmalloc snmalloc dlmalloc Hoard partition_alloc",
            "\0dlmalloc\0dlcalloc\0dlrealloc\0ffi_closure_alloc\0",
            "max system bytes = %10u in use bytes     = %10u")) {
      assertEquals(
          List.of(), PrivateAllocators.in(text.getBytes(StandardCharsets.ISO_8859_1)), text);
    }
  }

  @Test
  void knowsTheAllocatorsThatNoJarHas() {
    for (KnownAllocator known : KnownAllocator.ALL) {
      String text = "x".repeat(100) + String.join("??", known.marks());
      assertEquals(
          List.of(known.name()),
          PrivateAllocators.in(text.getBytes(StandardCharsets.ISO_8859_1)).stream()
              .map(PrivateAllocator::name)
              .toList());
    }
  }

  @Test
  void agreesWithTheAllocatorsOfThisSystem() throws IOException {
    Path directory = Path.of("/usr/lib/x86_64-linux-gnu");
    Map<String, String> known =
        Map.of(
            "libjemalloc.so.2", "jemalloc",
            "libmimalloc.so.2.0", "mimalloc",
            "libtcmalloc.so.4", "tcmalloc",
            "libtcmalloc_minimal.so.4", "tcmalloc",
            "libc.so.6", "",
            "libstdc++.so.6", "",
            "libffi.so.8", "",
            "libprofiler.so.0", "");
    List<String> wrong = new ArrayList<>();
    known.forEach(
        (name, allocator) -> {
          Path file = directory.resolve(name);
          if (Files.exists(file)) {
            try {
              List<PrivateAllocator> found = PrivateAllocators.in(Files.readAllBytes(file));
              if (!found.stream()
                  .map(PrivateAllocator::name)
                  .collect(Collectors.joining())
                  .equals(allocator)) {
                wrong.add(name + found);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
    assertEquals(List.of(), wrong);
  }
}
