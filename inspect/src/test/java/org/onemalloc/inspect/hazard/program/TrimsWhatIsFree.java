package org.onemalloc.inspect.hazard.program;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Allocates small blocks, frees all but the last, and waits for -XX:TrimNativeHeapInterval to give
 * the memory back: says how much of it was, in percent.
 */
public final class TrimsWhatIsFree {
  private static final int BLOCKS = 60_000;
  private static final int BYTES = 2_000;
  private static final int WAITS = 40;

  private TrimsWhatIsFree() {}

  @SuppressWarnings("MustBeClosed") // each is closed below, but for the last
  public static void main(String[] arguments) throws Exception {
    List<Arena> arenas = new ArrayList<>();
    for (int i = 0; i < BLOCKS; i++) {
      Arena arena = Arena.ofConfined();
      arena.allocate(BYTES).fill((byte) 1);
      arenas.add(arena);
    }
    long full = residentKilobytes();
    arenas.removeLast();
    arenas.forEach(Arena::close);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < WAITS && full - least < BLOCKS * (BYTES / 1000) / 2; i++) {
      Thread.sleep(250);
      least = Math.min(least, residentKilobytes());
    }
    System.out.println(full - least >= BLOCKS * (BYTES / 1000) / 2 ? "trimmed" : "kept");
  }

  private static long residentKilobytes() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
