package org.onemalloc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;

/** Heaps beside that of the process, for tests. */
final class TestHeaps {
  static final Platform PLATFORM = Platform.here();
  static final CacheLimits LIMITS = new CacheLimits(1 << 20, 8 << 20);
  static final CacheLimits TIGHT = new CacheLimits(40 << 10, 100 << 10);
  static final CacheLimits OFF = new CacheLimits(0, 0);

  private static final CachedHeap PROCESS = of(process(), LIMITS);

  private TestHeaps() {}

  static Bound process() {
    return Binder.bind(UnixSymbols.global(PLATFORM), "", Choice.of(null, null, null), PLATFORM);
  }

  static CachedHeap cachedProcess() {
    return PROCESS;
  }

  static CachedHeap of(Bound bound, CacheLimits limits) {
    return CachedHeap.of(bound, limits, PLATFORM);
  }

  static Bound own(String name) {
    String resource = PrivateLibrary.resource(PLATFORM, name);
    assumeTrue(
        ClassLoader.getSystemResource(resource) != null,
        "the private heap " + name + " is not tested: " + resource + " is not on the class path");
    Choice choice = Choice.of(null, null, "private:" + name);
    Path file = PrivateLibrary.file(choice, PLATFORM);
    return Binder.bind(
        UnixSymbols.load(file.toString()), PrivateLibrary.prefix(name), choice, PLATFORM);
  }

  /** The process heap used as if nothing were known of it. */
  static Backend polyfill() {
    Finder finder = new Finder(UnixSymbols.global(PLATFORM), "");
    Standard s = Families.standard(finder, false, "for a test");
    return new Standard(
        s.malloc(),
        s.calloc(),
        s.realloc(),
        s.free(),
        finder.anyone("posix_memalign"),
        s.actual(),
        false,
        false,
        s.why());
  }
}
