package org.onemalloc.internal.cache;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.onemalloc.internal.bind.Backend;
import org.onemalloc.internal.bind.Binder;
import org.onemalloc.internal.bind.Bound;
import org.onemalloc.internal.bind.Choice;
import org.onemalloc.internal.bind.Finder;
import org.onemalloc.internal.bind.PrivateLibrary;
import org.onemalloc.internal.bind.Recognised;
import org.onemalloc.internal.bind.Standard;
import org.onemalloc.internal.system.Platform;
import org.onemalloc.internal.system.UnixSymbols;

/** Heaps beside that of the process, for tests. */
public final class TestHeaps {
  public static final Platform PLATFORM = Platform.here();
  public static final CacheLimits LIMITS = new CacheLimits(1 << 20, 8 << 20);
  public static final CacheLimits TIGHT = new CacheLimits(40 << 10, 100 << 10);
  public static final CacheLimits OFF = new CacheLimits(0, 0);

  private static final CachedHeap PROCESS = of(process(), LIMITS);

  private TestHeaps() {}

  public static Bound process() {
    return Binder.bind(UnixSymbols.global(PLATFORM), "", Choice.of(null, null, null), PLATFORM);
  }

  public static CachedHeap cachedProcess() {
    return PROCESS;
  }

  public static CachedHeap of(Bound bound, CacheLimits limits) {
    return CachedHeap.of(bound, limits, PLATFORM);
  }

  public static Bound own(String name) {
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
  public static Backend polyfill() {
    Finder finder = new Finder(UnixSymbols.global(PLATFORM), "");
    Standard s = Recognised.standard(finder, false, "for a test");
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
