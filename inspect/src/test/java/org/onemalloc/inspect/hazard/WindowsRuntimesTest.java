package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;

/** Import tables of Windows DLLs; nothing is run, for no Windows is at hand. */
class WindowsRuntimesTest {
  @Test
  void mallocOfOneRuntimeAndFreeOfAnotherIsADanger() {
    assertEquals(List.of(Severity.DANGER), judge("msvcrt.dll", "ucrtbase.dll"));
    assertEquals(List.of(Severity.DANGER), judge("ucrtbase.dll", "ucrtbased.dll"));
    assertEquals(List.of(Severity.DANGER), judge("msvcr100.dll", "msvcrt.dll"));
  }

  @Test
  void runtimesThatShareTheProcessHeapAreNoted() {
    assertEquals(List.of(Severity.NOTE), judge("msvcr120.dll", "ucrtbase.dll"));
  }

  @Test
  void oneRuntimeIsNoHazard() {
    assertEquals(List.of(), judge("ucrtbase.dll", "ucrtbase.dll"));
    assertEquals(List.of(), judge("msvcrt.dll", "kernel32.dll"));
  }

  private static List<Severity> judge(String... providers) {
    List<Call> calls =
        Arrays.stream(providers)
            .map(dll -> new Call("free", Optional.empty(), false, Optional.of(dll)))
            .toList();
    NativeModule module =
        new NativeModule("a.dll", "pe", "x86-64", Role.GUEST, calls, List.of(), List.of());
    return Hazards.of(Subject.of(List.of(new Part(module, Optional.empty(), Arrival.LOOSE))))
        .stream()
        .map(Hazard::severity)
        .toList();
  }
}
