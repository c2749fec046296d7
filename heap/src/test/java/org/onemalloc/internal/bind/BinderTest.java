package org.onemalloc.internal.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.onemalloc.Binding.Means.NATIVE;
import static org.onemalloc.Binding.Means.POLYFILLED;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.onemalloc.Binding;
import org.onemalloc.HeapError;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.Symbols;

class BinderTest {
  private static final Platform LINUX = Platform.of("Linux", "amd64");
  private static final Platform MAC = Platform.of("Mac OS X", "aarch64");
  private static final Platform WINDOWS = Platform.of("Windows 11", "amd64");
  private static final String[] STANDARD = {
    "malloc", "calloc", "realloc", "free", "posix_memalign"
  };
  private static final String[] EXTENDED = {
    "mallocx", "rallocx", "xallocx", "sdallocx", "nallocx", "mallctl"
  };

  private final RecordedSymbols symbols = new RecordedSymbols();

  private static Binding bind(Symbols symbols, Platform platform) {
    return Binder.bind(symbols, "", Choice.of(null, null, null), platform).binding();
  }

  @Test
  void takesTheExtendedCallsOfTheProviderOfMalloc() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD).with("libjemalloc.so.2", EXTENDED);
    symbols.answering("mallctl", 2);
    Binding binding = bind(symbols, LINUX);
    assertEquals("jemalloc", binding.allocator());
    assertEquals(NATIVE, binding.operation("deallocate").means());
    assertTrue(binding.proof().toString().contains("without statistics"));
  }

  @Test
  void leavesTheExtendedCallsOfAnotherCopyAlone() throws Exception {
    symbols.with("libc.so.6", STANDARD).with("plugin.so", EXTENDED);
    Binding binding = bind(symbols, LINUX);
    assertEquals("unknown", binding.allocator());
    assertEquals(POLYFILLED, binding.operation("deallocate").means());
  }

  @Test
  void doesNotTakeEveryAllocatorWithNallocxForTcmalloc() throws Exception {
    symbols.with("libodd.so", STANDARD).with("libodd.so", "nallocx", "malloc_usable_size");
    Binding binding = bind(symbols, LINUX);
    assertEquals("unknown", binding.allocator());
    assertEquals(POLYFILLED, binding.operation("usableSize").means());
  }

  @Test
  void takesAllExtendedCallsOrNone() throws Exception {
    symbols.with("libodd.so", STANDARD).with("libodd.so", "mallocx", "rallocx", "mallctl");
    symbols.with("plugin.so", "xallocx", "sdallocx", "nallocx");
    assertEquals("unknown", bind(symbols, LINUX).allocator());
  }

  @Test
  void doubtsAJemallocWhoseCounterDoesNotMove() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD).with("libjemalloc.so.2", EXTENDED);
    assertEquals("jemalloc", bind(symbols, LINUX).allocator());
  }

  @Test
  void usesMixedProvidersAsACProgramWould() throws Exception {
    symbols.with("wrapper.so", "malloc", "free").with("libc.so.6", "calloc", "realloc");
    symbols.with("libc.so.6", "posix_memalign");
    Binding binding = bind(symbols, LINUX);
    assertEquals("unknown", binding.allocator());
    assertEquals(POLYFILLED, binding.operation("usableSize").means());
    assertTrue(binding.operation("usableSize").detail().contains("calloc in libc.so.6"));
    assertEquals(List.of(), binding.proof());
    assertTrue(binding.threadCaches().startsWith("off"));
  }

  @Test
  void knowsADerivedCopyByItsPrefixedExtendedCalls() throws Exception {
    symbols.with("libderived.so", STANDARD);
    for (String name : EXTENDED) {
      symbols.with("libderived.so", "je_" + name);
    }
    symbols.answering("je_mallctl", 2);
    assertEquals("jemalloc", bind(symbols, LINUX).allocator());
  }

  @Test
  void knowsMimallocBySixNamesOfItsOwn() throws Exception {
    symbols.with("libmimalloc.so.3", STANDARD);
    symbols.with("libmimalloc.so.3", "mi_malloc_aligned", "mi_zalloc_aligned");
    symbols.with("libmimalloc.so.3", "mi_realloc_aligned", "mi_expand", "mi_usable_size");
    symbols.with("libmimalloc.so.3", "mi_good_size", "mi_version");
    symbols.answering("mi_version", 30502);
    Binding binding = bind(symbols, LINUX);
    assertEquals("mimalloc", binding.allocator());
    assertEquals("3.5.2", binding.version());
  }

  @Test
  void knowsTheMimallocOfTheCommandByItsPrefix() throws Exception {
    symbols.with("libonemalloc-mimalloc.so", STANDARD);
    for (String name : List.of("malloc", "zalloc", "realloc")) {
      symbols.with("libonemalloc-mimalloc.so", "one_mi_" + name + "_aligned");
    }
    for (String name : List.of("expand", "usable_size", "good_size")) {
      symbols.with("libonemalloc-mimalloc.so", "one_mi_" + name);
      symbols.with("liblwjgl-mimalloc.so", "mi_" + name);
    }
    assertEquals("mimalloc", bind(symbols, LINUX).allocator());
  }

  @Test
  void readsMimallocVersionsOfBothForms() {
    assertEquals("2.0.9", Families.mimallocVersion(209));
    assertEquals("3.3.2", Families.mimallocVersion(30302));
    assertEquals("", Families.mimallocVersion(0));
  }

  @Test
  void knowsTcmallocButNotItsSizedFree() throws Exception {
    symbols.with("libtcmalloc.so.4", STANDARD);
    symbols.with("libtcmalloc.so.4", "tc_nallocx", "malloc_usable_size", "tc_free_sized");
    Binding binding = bind(symbols, LINUX);
    assertEquals("tcmalloc", binding.allocator());
    assertEquals(POLYFILLED, binding.operation("deallocate").means());
  }

  @Test
  void knowsSnmalloc() throws Exception {
    symbols.with("libsnmallocshim.so", STANDARD);
    symbols.with("libsnmallocshim.so", "malloc_good_size", "malloc_usable_size");
    symbols.with("libsnmallocshim.so", "__malloc_end_pointer");
    Binding binding = bind(symbols, LINUX);
    assertEquals("snmalloc", binding.allocator());
    assertEquals(NATIVE, binding.operation("usableSize").means());
  }

  @Test
  void keepsCachesOffOnMusl() throws Exception {
    symbols.with("/lib/ld-musl-x86_64.so.1", STANDARD);
    symbols.with("/lib/ld-musl-x86_64.so.1", "malloc_usable_size");
    Binding binding = bind(symbols, LINUX);
    assertEquals("musl", binding.allocator());
    assertTrue(binding.threadCaches().startsWith("off"));
  }

  @Test
  void keepsCachesOffOnAGlibcWithAnotherLayout() throws Exception {
    symbols.with("libc.so.6", STANDARD);
    symbols.with("libc.so.6", "malloc_usable_size", "gnu_get_libc_version");
    symbols.answering("malloc", 4096).answering("malloc_usable_size", 32);
    Binding binding = bind(symbols, LINUX);
    assertEquals("glibc", binding.allocator());
    assertTrue(binding.threadCaches().startsWith("off"));
  }

  /** glibc 2.43 has these two, and both are its free. */
  @Test
  void doesNotTakeTheFreeSizedOfGlibcForASizedFree() throws Exception {
    symbols.with("libc.so.6", STANDARD).with("libc.so.6", "free_sized", "free_aligned_sized");
    symbols.with("libc.so.6", "malloc_usable_size", "gnu_get_libc_version");
    symbols.answering("malloc", 4096).answering("malloc_usable_size", 32);
    Binding binding = bind(symbols, LINUX);
    assertEquals("glibc", binding.allocator());
    Binding.Operation operation = binding.operation("deallocate");
    assertEquals(POLYFILLED, operation.means());
    assertTrue(operation.detail().contains("ignores the size"), operation.detail());
  }

  @Test
  void leavesAFreeSizedThatMayBeStrictAlone() throws Exception {
    symbols.with("libnew.so", STANDARD).with("libnew.so", "free_sized", "malloc_usable_size");
    symbols.answering("malloc", 4096).answering("malloc_usable_size", 16);
    Binding.Operation operation = bind(symbols, LINUX).operation("deallocate");
    assertEquals(POLYFILLED, operation.means());
    assertTrue(operation.detail().contains("malloc_usable_size says 16 of a block of 1"));
  }

  @Test
  void bindsToTheZonesOfMacos() throws Exception {
    String library = "/usr/lib/system/libsystem_malloc.dylib";
    symbols.with(library, STANDARD).with(library, "malloc_good_size", "malloc_size");
    Binding binding = bind(symbols, MAC);
    assertEquals("libmalloc", binding.allocator());
    assertEquals(NATIVE, binding.operation("usableSize").means());
    assertTrue(binding.sharedWithC());
  }

  @Test
  void bindsToTheUcrtOfWindows() throws Exception {
    String library = "C:\\Windows\\System32\\ucrtbase.dll";
    symbols.with(library, "malloc", "calloc", "realloc", "free", "_expand");
    symbols.with(library, "_aligned_malloc", "_aligned_free", "_aligned_realloc");
    Binding binding = bind(symbols, WINDOWS);
    assertEquals("ucrt", binding.allocator());
    assertTrue(binding.operation("allocate").detail().contains("_aligned_malloc"));
    assertTrue(binding.threadCaches().startsWith("off"));
  }

  @Test
  void refusesALibraryWithoutPrefixedNamesAsPrivateHeap() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD);
    Choice choice = Choice.of(null, null, "private:jemalloc,/x/libjemalloc.so.2");
    HeapError error =
        assertThrows(HeapError.class, () -> Binder.bind(symbols, "je_", choice, LINUX));
    assertTrue(error.getMessage().contains("je_malloc"));
  }

  @Test
  void saysThatAPrivateHeapIsNotForC() throws Exception {
    for (String name : STANDARD) {
      symbols.with("libjemalloc.so", "je_" + name);
    }
    for (String name : EXTENDED) {
      symbols.with("libjemalloc.so", "je_" + name);
    }
    symbols.answering("je_mallctl", 2);
    Choice choice = Choice.of(null, null, "private:jemalloc");
    Binding binding = Binder.bind(symbols, "je_", choice, LINUX).binding();
    assertFalse(binding.sharedWithC());
    assertTrue(binding.toString().contains("must not be passed to C's free"));
  }

  private static Choice linkedWith(String allocator) {
    Properties record = new Properties();
    record.setProperty("allocator", allocator);
    return Choice.of(Path.of("choice.properties"), record, null);
  }

  @Test
  void takesTheHeapOfTheHostWhereTheWholeProcessIsOnIt() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD).with("libjemalloc.so.2", EXTENDED);
    symbols.answering("mallctl", 2);
    Binding binding = Binder.bind(symbols, "", linkedWith("mimalloc"), LINUX).binding();
    assertEquals("jemalloc", binding.allocator());
    assertTrue(binding.chosenBy().contains("not the artifact's record choice.properties"));
    assertTrue(binding.chosenBy().contains("names mimalloc"));
    assertFalse(binding.proof().toString().contains("mimalloc"), binding.toString());
  }

  @Test
  void provesTheArtifactsChoiceByJavasLookupToo() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD).with("libjemalloc.so.2", EXTENDED);
    symbols.answering("mallctl", 2);
    Binding binding = Binder.bind(symbols, "", linkedWith("jemalloc"), LINUX).binding();
    assertEquals("the artifact's record choice.properties", binding.chosenBy());
    assertTrue(binding.proof().toString().contains("default lookup finds free in the same object"));
  }

  @Test
  void refusesAProcessInWhichJavaFreesWithAnotherAllocatorThanC() throws Exception {
    symbols.with("libjemalloc.so.2", STANDARD).with("libjemalloc.so.2", EXTENDED);
    symbols.answering("mallctl", 2).inJavaLookup("lib/onemalloc/libjemalloc.so", "free");
    for (String linked : new String[] {"jemalloc", "mimalloc"}) {
      HeapError error =
          assertThrows(HeapError.class, () -> Binder.bind(symbols, "", linkedWith(linked), LINUX));
      String text = error.getMessage();
      assertTrue(text.contains("linked with " + linked), text);
      assertTrue(text.contains("finds free in lib/onemalloc/libjemalloc.so"), text);
      assertTrue(text.contains("malloc is that of libjemalloc.so.2"), text);
    }
  }
}
