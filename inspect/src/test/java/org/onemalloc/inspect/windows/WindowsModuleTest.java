package org.onemalloc.inspect.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.windows.CRuntime.Heap;

class WindowsModuleTest {
  @Test
  void anAllocatorWithItsOwnRuntimeImportsNoMalloc() throws IOException {
    byte[] file =
        RealNatives.bytes("natives-windows.jar!/windows/x64/org/lwjgl/jemalloc/jemalloc.dll");
    WindowsModule found = WindowsModule.of("jemalloc.dll", file);
    assertTrue(found.module().calls().stream().noneMatch(call -> call.symbol().equals("malloc")));
    assertTrue(
        found
            .module()
            .calls()
            .contains(new Call("HeapAlloc", Optional.empty(), false, Optional.of("kernel32.dll"))));
    assertEquals(List.of(new CRuntime("static", Heap.PROCESS)), found.runtimes());
    assertEquals("jemalloc", found.module().privateAllocators().getFirst().name());
    assertEquals("x86-64", found.module().architecture());
    assertEquals(NativeModule.Role.GUEST, found.module().role());
  }

  @Test
  void theOldRuntimeIsNamed() throws IOException {
    byte[] file = RealNatives.bytes("/Windows/aarch64/snappyjava.dll");
    WindowsModule found = WindowsModule.of("snappyjava.dll", file);
    assertEquals(List.of(new CRuntime("msvcrt.dll", Heap.OWN)), found.runtimes());
    assertTrue(
        found
            .module()
            .calls()
            .contains(new Call("malloc", Optional.empty(), false, Optional.of("msvcrt.dll"))));
  }

  @Test
  void apiSetsLeadToTheUniversalRuntime() throws IOException {
    int[] count = new int[3];
    RealNatives.forEach(
        file -> {
          if (file.format() == NativeFormat.PE) {
            WindowsModule found = WindowsModule.of(file.name(), RealNatives.read(file));
            assertTrue(found.runtimes().size() <= 1, file.name());
            found
                .module()
                .calls()
                .forEach(c -> assertFalse(c.provider().orElseThrow().startsWith("api-")));
            count[0]++;
            count[1] +=
                found.runtimes().contains(new CRuntime("ucrtbase.dll", Heap.PROCESS)) ? 1 : 0;
            count[2] += found.runtimes().contains(new CRuntime("msvcrt.dll", Heap.OWN)) ? 1 : 0;
          }
        });
    System.out.println(
        "PE: %d files, %d on ucrtbase.dll, %d on msvcrt.dll"
            .formatted(count[0], count[1], count[2]));
    assertTrue(count[1] > 0 && count[2] > 0);
  }

  @Test
  void tellsWhichRuntimesAreOneHeap() {
    CRuntime universal = CRuntime.of("UCRTBASE.dll").orElseThrow();
    CRuntime old = CRuntime.of("msvcrt.dll").orElseThrow();
    CRuntime debug = CRuntime.of("ucrtbased.dll").orElseThrow();
    assertTrue(universal.isOneHeapWith(CRuntime.STATIC_UNIVERSAL, false));
    assertTrue(universal.isOneHeapWith(CRuntime.of("msvcr120.dll").orElseThrow(), false));
    assertTrue(old.isOneHeapWith(old, false));
    assertFalse(universal.isOneHeapWith(old, false));
    assertFalse(old.isOneHeapWith(CRuntime.of("msvcr100.dll").orElseThrow(), false));
    assertFalse(universal.isOneHeapWith(debug, false));
    assertFalse(CRuntime.STATIC_OWN.isOneHeapWith(CRuntime.STATIC_OWN, false));
    assertTrue(CRuntime.STATIC_OWN.isOneHeapWith(CRuntime.STATIC_OWN, true));
    assertEquals(Optional.empty(), CRuntime.of("kernel32.dll"));
    assertEquals("ucrtbase.dll", ApiSets.resolve("api-ms-win-crt-heap-l1-1-0.dll"));
  }
}
