package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.benchmarks.Measure.Jmh;
import org.onemalloc.benchmarks.Measure.Program;

/**
 * Arrow and LWJGL with the heap and with their own allocators: rows of docs/adapters.md. The goals
 * are those of {@link AdapterRows}.
 */
final class LibraryRows {
  private static final String[] BYTES = {"64", "1024", "16384", "1048576"};
  private static final String[] NAMES = {"64", "1k", "16k", "1m"};

  /** Silences SLF4J, to which Arrow logs, and which warns that it has no provider. */
  private static final String QUIET = "-Dslf4j.internal.verbosity=ERROR";

  private static final String OURS = "org.onemalloc.lwjgl.OnemallocMemoryAllocator";
  private static final String[] LWJGL = {"mimalloc", "rpmalloc", "jemalloc", "system"};

  private LibraryRows() {}

  static void add(List<Row> rows) {
    for (int threads = 1; threads <= 2; threads++) {
      for (int i = 0; i < BYTES.length; i++) {
        String name = "-pair-" + NAMES[i] + (threads == 1 ? "" : "-two");
        String work = ": pair of " + BYTES[i] + " B, each of " + threads + " threads";
        double goal = i < 2 ? 0.5 : 1;
        Jmh arrow = Jmh.of("ArrowBuffers.pair", Guard.OPERATIONS).with("bytes", BYTES[i]);
        rows.add(arrow("arrow" + name, "Arrow" + work, arrow.onThreads(threads), goal));
        Jmh lwjgl = Jmh.of("LwjglBlocks.pair", Guard.OPERATIONS).with("bytes", BYTES[i]);
        rows.add(lwjgl("lwjgl" + name, "LWJGL" + work, lwjgl.onThreads(threads), goal));
      }
    }
    Jmh arrow = Jmh.of("ArrowBuffers.growth", 1000);
    rows.add(
        Row.of(
                "arrow-growth",
                "Arrow: a vector of longs from 256 B to 1 MB",
                by(arrow, "ours"),
                peer("Arrow netty", 1, by(arrow, "netty")),
                peer("Arrow unsafe", 1, by(arrow, "unsafe")))
            .in("us"));
    Jmh lwjgl = Jmh.of("LwjglBlocks.growth", 1000);
    rows.add(lwjgl("lwjgl-growth", "LWJGL: growth from 256 B to 1 MB by 1.5", lwjgl, 1).in("us"));
    programs(rows, "hand-over", "64 B allocated on one thread, freed on another", "ns", 0.5);
    programs(rows, "memory", "resident after a shifting load", "MB", 1);
  }

  private static Row arrow(String name, String work, Jmh jmh, double goal) {
    return Row.of(
        name,
        work,
        by(jmh, "ours"),
        peer("Arrow netty", goal, by(jmh, "netty")),
        peer("Arrow unsafe", goal, by(jmh, "unsafe")),
        peer("no allocator at all", 0, by(jmh, "nothing")));
  }

  /** On Netty's threads, because Arrow's Netty manager uses their caches. */
  private static Jmh by(Jmh jmh, String manager) {
    return jmh.jvm(Rows.NETTY).jvm("-Dbench.arrow=" + manager, QUIET);
  }

  private static String[] arrow(String manager) {
    List<String> options = new ArrayList<>(List.of(Rows.netty()));
    options.add("-Dbench.arrow=" + manager);
    options.add(QUIET);
    return options.toArray(String[]::new);
  }

  private static Row lwjgl(String name, String work, Jmh jmh, double goal) {
    List<Row.Peer> peers = new ArrayList<>();
    for (String allocator : LWJGL) {
      peers.add(peer("LWJGL " + allocator, goal, jmh.jvm(lwjgl(allocator))));
    }
    return Row.of(name, work, jmh.jvm(lwjgl(OURS)), peers.toArray(Row.Peer[]::new));
  }

  private static String lwjgl(String allocator) {
    return "-Dorg.lwjgl.system.allocator=" + allocator;
  }

  private static void programs(List<Row> rows, String name, String work, String unit, double goal) {
    boolean memory = name.equals("memory");
    Program arrow =
        memory ? Program.of(ShiftingLoad.class, "arrow") : Program.of(ArrowHandOver.class);
    List<Row.Peer> managers = new ArrayList<>();
    for (String manager : new String[] {"netty", "unsafe"}) {
      managers.add(peer("Arrow " + manager, goal, arrow.jvm(touched(arrow(manager)))));
    }
    if (memory) {
      managers.add(peer("ours, HeapRoundingPolicy", 0, arrow.jvm(touched(arrow("rounded")))));
    }
    rows.add(
        Row.of(
                "arrow-" + name,
                "Arrow: " + work,
                arrow.jvm(touched(arrow("ours"))),
                managers.toArray(Row.Peer[]::new))
            .in(unit));
    Program lwjgl = Program.of(memory ? ShiftingLoad.class : HandOver.class, "lwjgl");
    List<Row.Peer> peers = new ArrayList<>();
    for (String allocator : LWJGL) {
      peers.add(peer("LWJGL " + allocator, goal, lwjgl.jvm(touched(lwjgl(allocator)))));
    }
    rows.add(
        Row.of(
                "lwjgl-" + name,
                "LWJGL: " + work,
                lwjgl.jvm(touched(lwjgl(OURS))),
                peers.toArray(Row.Peer[]::new))
            .in(unit));
  }

  /** The Java heap is resident from the start, so that the objects in it are not counted. */
  private static String[] touched(String... options) {
    List<String> more = new ArrayList<>(List.of(options));
    more.add("-XX:+AlwaysPreTouch");
    return more.toArray(String[]::new);
  }
}
