package org.onemalloc.internal.checked;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onemalloc.Leak;

/** Sums of live blocks by what allocated them. */
public final class Leaks {
  /** The key of a sum; the site includes the tag. */
  private record Key(int site, long thread) {}

  private final Map<Key, long[]> sums = new HashMap<>();

  void add(long bytes, int site, long thread) {
    long[] sum = sums.computeIfAbsent(new Key(site, thread), key -> new long[2]);
    sum[0]++;
    sum[1] += bytes;
  }

  /** Returns the sums, most bytes first. */
  public List<Leak> sorted() {
    List<Leak> leaks = new ArrayList<>();
    sums.forEach(
        (key, sum) -> leaks.add(new Leak(sum[0], sum[1], Sites.trace(key.site, key.thread))));
    leaks.sort(Comparator.comparingLong(Leak::bytes).reversed());
    return leaks;
  }
}
