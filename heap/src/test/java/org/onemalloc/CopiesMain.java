package org.onemalloc;

import java.io.File;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/** Loads the library twice, and passes blocks from one copy to the other in every way there is. */
public final class CopiesMain {
  private static final long LOW = 4 << 20;
  private static final boolean GUARDED = System.getProperty("onemalloc.checked").equals("sampled");

  private CopiesMain() {}

  /** One copy, by the methods of its Heap. */
  private record Copy(
      MethodHandle allocate,
      MethodHandle deallocate,
      MethodHandle reallocate,
      MethodHandle usableSize,
      MethodHandle free,
      MethodHandle verify) {

    static Copy load(URL[] path) throws Throwable {
      @SuppressWarnings("resource") // for the life of the process
      ClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader());
      Class<?> heap = loader.loadClass("org.onemalloc.Heap");
      Class<?> c = loader.loadClass("org.onemalloc.CHeap");
      Class<?> checks = loader.loadClass("org.onemalloc.HeapChecks");
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> l = long.class;
      MethodType three = MethodType.methodType(void.class, l, l, l);
      return new Copy(
          lookup.findStatic(heap, "allocate", MethodType.methodType(l, l, l)),
          lookup.findStatic(heap, "deallocate", three),
          lookup.findStatic(heap, "reallocate", MethodType.methodType(l, l, l, l, l)),
          lookup.findStatic(heap, "usableSize", MethodType.methodType(l, l, l, l)),
          lookup.findStatic(c, "free", MethodType.methodType(void.class, l)),
          lookup.findStatic(checks, "verify", MethodType.methodType(List.class)));
    }

    /** Allocates a block that is guarded, where only some are. */
    long block(long size) throws Throwable {
      while (true) {
        long address = (long) allocate.invokeExact(size, 1L);
        if (!GUARDED || address < LOW) {
          return address;
        }
        deallocate.invokeExact(address, size, 1L);
      }
    }

    void free(long address, long size) throws Throwable {
      deallocate.invokeExact(address, size, 1L);
    }

    void verified() throws Throwable {
      List<?> found = (List<?>) verify.invokeExact();
      if (!found.isEmpty()) {
        throw new AssertionError(found.toString());
      }
    }
  }

  public static void main(String[] args) throws Throwable {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      path.add(new File(entry).toURI().toURL());
    }
    Copy first = Copy.load(path.toArray(URL[]::new));
    Copy second = Copy.load(path.toArray(URL[]::new));
    long size = GUARDED ? 100_000 : 100; // large ones always leave the fast path
    first.free(first.block(size), size);
    second.free((long) second.allocate.invokeExact(size, 1L), size);
    pass(first, second, size);
    if (!GUARDED) { // only the copy that came first guards blocks
      pass(second, first, size);
    }
    System.out.println("passed");

    long block = first.block(size);
    second.free(block, size);
    try {
      first.free(block, size);
      System.out.println("twice: not found");
    } catch (Error e) {
      System.out.println("twice: " + (e.getMessage().contains("_") ? "found" : e.getMessage()));
    }
  }

  private static void pass(Copy from, Copy to, long size) throws Throwable {
    to.free(from.block(size), size);
    to.free.invokeExact(from.block(size));
    long block = from.block(size);
    if ((long) to.usableSize.invokeExact(block, size, 1L) != size) {
      throw new AssertionError("another usable size");
    }
    long moved = (long) to.reallocate.invokeExact(block, size, 2 * size, 1L);
    to.free(moved, 2 * size);
    for (int i = 0; i < 1000; i++) { // the same addresses come back
      to.free((long) to.allocate.invokeExact(size, 1L), size);
    }
    from.verified();
    to.verified();
  }
}
