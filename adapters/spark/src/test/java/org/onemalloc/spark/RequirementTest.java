package org.onemalloc.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.probe.ProcessMemory;

class RequirementTest {
  static Evidence evidence(String provider, String allocator, List<String> failures) {
    return new Evidence(
        "executor",
        "7",
        "node-3",
        42,
        "17",
        "/jdk",
        "2026-01-01T00:00:00Z",
        !provider.isEmpty() && failures.isEmpty(),
        provider,
        allocator,
        new ArrayList<>(),
        new ArrayList<>(failures),
        provider.isEmpty() ? new ArrayList<>(List.of("It is hidden.")) : new ArrayList<>(),
        0,
        1,
        ProcessMemory.UNKNOWN,
        1);
  }

  @Test
  void nothingIsRequiredByDefault() {
    assertEquals(Optional.empty(), new Requirement("").unmet(evidence("", "", List.of())));
  }

  @Test
  void aKindOrTheLibraryItselfIsMet() {
    Evidence evidence = evidence("/lib/libjemalloc.so.2", "jemalloc", List.of());
    assertEquals(Optional.empty(), new Requirement("jemalloc").unmet(evidence));
    assertEquals(Optional.empty(), new Requirement("/lib/libjemalloc.so.2").unmet(evidence));
  }

  @Test
  void aLinkToTheLibraryIsMet(@TempDir Path directory) throws Exception {
    Path library = Files.createFile(directory.toRealPath().resolve("libjemalloc.so.2"));
    Path link = Files.createSymbolicLink(directory.resolve("libjemalloc.so"), library);
    Evidence evidence = evidence(library.toString(), "jemalloc", List.of());
    assertEquals(Optional.empty(), new Requirement(link.toString()).unmet(evidence));
  }

  @Test
  void anotherAllocatorIsNot() {
    assertEquals(
        Optional.of(
            "executor 7 on node-3 (pid 42) is not proven to run on mimalloc: system in"
                + " /lib/libc.so.6 serves its malloc."),
        new Requirement("mimalloc").unmet(evidence("/lib/libc.so.6", "system", List.of())));
  }

  @Test
  void anEscapeIsNot() {
    assertEquals(
        Optional.of(
            "executor 7 on node-3 (pid 42) is not proven to run on jemalloc: jemalloc in /lib/j.so"
                + " serves its malloc, but glibc's own heap holds 9 bytes."),
        new Requirement("jemalloc")
            .unmet(evidence("/lib/j.so", "jemalloc", List.of("glibc's own heap holds 9 bytes."))));
  }

  @Test
  void unknownIsNeverProven() {
    assertEquals(
        Optional.of(
            "executor 7 on node-3 (pid 42) is not proven to run on system: what serves its malloc"
                + " is unknown: It is hidden."),
        new Requirement("system").unmet(evidence("", "", List.of())));
  }

  @Test
  void aNameWithoutAnAllocatorCannotBeMet() {
    assertTrue(new Requirement("mimaloc").unusable().isPresent());
    assertTrue(new Requirement("mimalloc+tuned").unusable().isPresent());
    assertEquals(Optional.empty(), new Requirement("/lib/x.so").unusable());
    assertEquals(Optional.empty(), new Requirement("").unusable());
  }

  @Test
  void jsonHasNoMemberForWhatIsUnknown() {
    String json = evidence("/lib/\"a\"\u202e.so", "other", List.of()).json("");
    assertTrue(json.contains("\"provider\": \"/lib/\\\"a\\\"\\u202e.so\""), json);
    assertTrue(!json.contains("pssBytes") && !json.contains("application"), json);
  }
}
