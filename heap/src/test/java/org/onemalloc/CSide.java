package org.onemalloc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.onemalloc.internal.system.Calls;
import org.onemalloc.internal.system.Symbols;
import org.onemalloc.internal.system.UnixSymbols;

/** A C library in this process that allocates and frees as any does. */
final class CSide {
  private final Symbols library;

  CSide() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("cside");
    Path file = CCode.compile(directory, "cside.c", "libcside.so", "-shared", "-fPIC");
    library = UnixSymbols.load(file.toString());
    // it stays mapped; each forked JVM of each test would leave one behind
    Files.delete(file);
    Files.delete(directory.resolve("cside.c"));
    Files.delete(directory);
  }

  private long call(String function, long a, long b) {
    return Calls.critical(MemorySegment.ofAddress(library.find(function)), a, b, 0);
  }

  long malloc(long size) {
    return call("c_malloc", size, 0);
  }

  long memalign(long alignment, long size) {
    return call("c_memalign", alignment, size);
  }

  void free(long address) {
    call("c_free", address, 0);
  }

  long strdup(long text) {
    return call("c_strdup", text, 0);
  }

  long usable(long address) {
    return call("c_usable", address, 0);
  }

  long blocks(long count) {
    return call("c_blocks", count, 0);
  }
}
