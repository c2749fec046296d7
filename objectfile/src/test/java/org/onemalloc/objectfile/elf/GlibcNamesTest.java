package org.onemalloc.objectfile.elf;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GlibcNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "libc.so.6",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/x86_64-linux-gnu/libc.so.6 (deleted)",
        "/lib/x86_64-linux-gnu/libc-2.31.so",
        "/lib/x86_64-linux-gnu/libc-2.31.so (deleted)",
        "/lib/libc-2.3.6.so",
        "/lib/libc-2.33.9000.so",
        "/lib/libc.so.6.1"
      })
  void knowsTheLibrary(String file) {
    assertTrue(GlibcNames.isLibc(file));
    assertFalse(GlibcNames.isLoader(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-linux-aarch64.so.1",
        "/lib/ld-linux-aarch64.so.1 (deleted)",
        "/lib/ld-linux.so.2",
        "/lib64/ld64.so.2",
        "/lib/ld.so.1",
        "/usr/bin/ld.so",
        "/nix/store/x-glibc-2.33/lib/ld-2.33.so",
        "ld-2.31.so"
      })
  void knowsTheLoader(String file) {
    assertTrue(GlibcNames.isLoader(file));
    assertFalse(GlibcNames.isLibc(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "libc.so",
        "/usr/lib/x86_64-linux-gnu/libc.so",
        "/lib/libc.musl-x86_64.so.1",
        "/lib/ld-musl-x86_64.so.1",
        "/libexec/ld-elf.so.1",
        "/usr/lib/libc-client.so.2007",
        "/opt/libc-2.0/libx.txt",
        "/opt/libc.so.6/libx.so",
        "/lib/libc.so.6.debug",
        "/usr/lib/libc++.so.1",
        "/usr/lib/libld-2.so",
        "/opt/ld-2.31.so/program"
      })
  void knowsOthersApart(String file) {
    assertFalse(GlibcNames.isLibc(file));
    assertFalse(GlibcNames.isLoader(file));
  }
}
