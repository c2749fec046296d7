package org.onemalloc.allocators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsProfileTest {
  private static final Allocators HERE = Allocators.ofThisMachine();

  @TempDir Path folder;

  @Test
  void readsBackWhatItWrites() {
    SettingsProfile profile =
        new SettingsProfile(
            "p",
            "jemalloc",
            Kind.JEMALLOC,
            List.of(
                new Setting("dirty_decay_ms", "0", "At once.", "a manual"),
                new Setting("narenas", "2", "Two.", "a manual")));
    String text = profile.text(List.of("a comment\nthat does not end", ""));
    SettingsProfile back = SettingsProfile.parse("p", text);
    assertEquals(Kind.JEMALLOC, back.kind());
    assertEquals(
        List.of("dirty_decay_ms:0", "narenas:2"),
        back.settings().stream().map(Setting::option).toList());
    assertTrue(text.contains("# At once.\n# Source: a manual.\ndirty_decay_ms = 0\n"), text);
    assertTrue(text.startsWith("# a comment that does not end\n#\nallocator = jemalloc\n"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | has a line allocator",
        "dirty_decay_ms = 0 | line 1: the first setting must be allocator",
        "allocator = jemalloc;dirty_decay_sm = 0 | line 2: dirty_decay_sm is not one of",
        "allocator = jemalloc;dirty_decay_ms = soon | cannot have the value \"soon\"",
        "allocator = jemalloc;narenas = 0 | cannot have the value \"0\"",
        "allocator = jemalloc;narenas = 1,prof:true | cannot have the value",
        "allocator = jemalloc;narenas | line 2: it is not NAME = VALUE",
        "allocator = jemalloc;narenas = 1;narenas = 2 | line 3: narenas was set before",
        "allocator = jemalloc;allocator = mimalloc | line 2: allocator was set before",
        "allocator = hoard | hoard, which is not known",
        "allocator = snmalloc;a = b | no settings are known for snmalloc",
        "allocator = system;MALLOC_CONF = a | MALLOC_CONF is not one of",
        "allocator = mimalloc;LD_PRELOAD = a | LD_PRELOAD is not one of"
      })
  void refusesALineThatIsNotASetting(String text, String why) {
    AllocatorException refused =
        assertThrows(
            AllocatorException.class, () -> SettingsProfile.parse("p", text.replace(";", "\n")));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
  }

  @Test
  void refusesWhatIsNoFileOfText() throws IOException {
    assertThrows(AllocatorException.class, () -> SettingsProfile.read(folder));
    assertThrows(AllocatorException.class, () -> SettingsProfile.read(folder.resolve("none")));
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThrows(AllocatorException.class, () -> SettingsProfile.read(binary));
    Path large = Files.write(folder.resolve("large"), new byte[1 << 17]);
    assertThrows(AllocatorException.class, () -> SettingsProfile.read(large));
  }

  @Test
  void isChosenByAPlusSignAndAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("a+b"), "allocator = mimalloc\n");
    Choice choice = HERE.choose("mimalloc+" + file);
    assertFalse(choice.tuned());
    assertEquals(List.of(), choice.settings());
    assertEquals("mimalloc+" + file, choice.name());
    AllocatorException other =
        assertThrows(AllocatorException.class, () -> HERE.choose("system+" + file));
    assertTrue(other.getMessage().contains("is a profile of mimalloc, not of system"));
    assertEquals(Optional.empty(), Allocators.profileIn("mimalloc+tuned"));
    assertEquals(Optional.empty(), Allocators.profileIn("/opt/c++/lib.so"));
    assertEquals(Optional.of(Path.of("./tuned")), Allocators.profileIn("mimalloc+./tuned"));
  }

  @Test
  void setsVariablesTunablesAndFlagsOfTheSystem() {
    SettingsProfile profile =
        SettingsProfile.parse(
            "p",
            """
            allocator = system
            MALLOC_ARENA_MAX = 2
            glibc.malloc.tcache_count = 0
            -XX:TrimNativeHeapInterval = 1000
            """);
    Choice choice = new Choice(HERE.find("system"), false).with(profile);
    assertEquals(
        Map.of("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", "MALLOC_ARENA_MAX", "2"),
        choice.environment(Map.of()));
    assertEquals(List.of("-XX:TrimNativeHeapInterval=1000"), choice.jvmFlags());
    assertEquals(
        Map.of("GLIBC_TUNABLES", "glibc.pthread.rseq=0:glibc.malloc.tcache_count=0"),
        choice.environment(
            Map.of("GLIBC_TUNABLES", "glibc.pthread.rseq=0", "MALLOC_ARENA_MAX", "4")));
    assertEquals(
        Map.of("MALLOC_ARENA_MAX", "2"),
        choice.environment(Map.of("GLIBC_TUNABLES", "glibc.malloc.tcache_count=9")));
  }
}
