package study;

import org.onemalloc.Heap;

/** What a program says at its end: the result, which must be the same on every heap, and its heap. */
final class Said {
  private Said() {}

  static void result(Object result) {
    System.out.println("result " + result);
    System.out.println(Heap.binding());
    System.out.println("caches in use: " + (Heap.statistics().caches().threads() > 0 ? "yes" : "no"));
  }
}
