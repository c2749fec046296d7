package org.onemalloc.inspect.macos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onemalloc.inspect.archive.NativeFormat;
import org.onemalloc.inspect.archive.RealNatives;
import org.onemalloc.inspect.archive.Tools;
import org.onemalloc.inspect.result.Call;

class MacModuleTest {
  private static final String SYSTEM = "/usr/lib/libSystem.B.dylib";

  /** A library that interposes malloc, asks for free flat, and has an operator new of its own. */
  private static final String SOURCE =
      """
      .text
      .globl _replacement
      _replacement: ret
      .globl __Znwm
      .weak_definition __Znwm
      __Znwm: ret
      .globl _caller
      _caller: jmp _free
      .section __DATA,__interpose,interposing
      .quad _replacement
      .quad _malloc
      """;

  private static final String STUB =
      """
      --- !tapi-tbd
      tbd-version: 4
      targets: [ x86_64-macos ]
      install-name: '/usr/lib/libSystem.B.dylib'
      exports:
        - targets: [ x86_64-macos ]
          symbols: [ _malloc, _free, dyld_stub_binder ]
      ...
      """;

  @TempDir Path directory;

  private MacModule link(String... options) throws Exception {
    Path source = Files.writeString(directory.resolve("a.s"), SOURCE);
    Path stub = Files.writeString(directory.resolve("libSystem.tbd"), STUB);
    String object = directory.resolve("a.o").toString();
    String library = directory.resolve("liba.dylib").toString();
    String assembler = Tools.find("llvm-mc");
    var _ =
        Tools.run(
            List.of(
                assembler,
                "-triple=x86_64-apple-macos11",
                "-filetype=obj",
                "-o",
                object,
                source.toString()));
    List<String> command = new java.util.ArrayList<>();
    command.addAll(
        List.of(Tools.find("ld64.lld", "-platform_version"), "-dylib", "-arch", "x86_64"));
    command.addAll(List.of("-platform_version", "macos", "11.0", "11.0", "-o", library));
    command.addAll(List.of(options));
    command.addAll(List.of(object, stub.toString()));
    var _ = Tools.run(command);
    return MacModule.of("liba.dylib", Files.readAllBytes(Path.of(library))).getFirst();
  }

  @Test
  void knowsWhatALibraryReplacesForOthers() throws Exception {
    MacModule module = link();
    assertEquals(List.of("malloc"), module.interposed());
    assertEquals(
        List.of("_Znwm", "malloc"), module.module().overrides().stream().sorted().toList());
    assertTrue(
        module
            .module()
            .calls()
            .contains(new Call("free", Optional.empty(), false, Optional.of(SYSTEM))),
        module.module().calls().toString());
    assertEquals(List.of(), module.flat());
  }

  @Test
  void doesNotNameAProviderInAFlatNamespace() throws Exception {
    MacModule module = link("-flat_namespace");
    assertTrue(module.flat().contains("free"), module.toString());
    assertTrue(
        module
            .module()
            .calls()
            .contains(new Call("free", Optional.empty(), false, Optional.empty())));
  }

  @Test
  void everyRealLibraryTakesMallocFromTheSystem() throws IOException {
    int[] count = new int[2];
    RealNatives.forEach(
        file -> {
          if (file.format() == NativeFormat.MACHO) {
            for (MacModule module : MacModule.of(file.name(), RealNatives.read(file))) {
              count[0]++;
              assertEquals(List.of(), module.interposed());
              for (Call call : module.module().calls()) {
                if (call.symbol().equals("malloc")) {
                  assertEquals(Optional.of(SYSTEM), call.provider(), file.name());
                  count[1]++;
                }
              }
            }
          }
        });
    System.out.println("Mach-O: %d slices, %d import malloc".formatted(count[0], count[1]));
    assertTrue(count[1] > 10);
  }

  @Test
  void lwjglsJemallocReplacesNothing() throws IOException {
    byte[] file =
        RealNatives.bytes(
            "natives-macos-arm64.jar!/macos/arm64/org/lwjgl/jemalloc/libjemalloc.dylib");
    MacModule module = MacModule.of("libjemalloc.dylib", file).getFirst();
    assertFalse(module.replacesDefaultZone());
    assertEquals(List.of(), module.module().overrides());
    assertEquals("jemalloc", module.module().privateAllocators().getFirst().name());
    assertEquals("aarch64", module.module().architecture());
  }
}
