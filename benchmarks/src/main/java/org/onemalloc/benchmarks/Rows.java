package org.onemalloc.benchmarks;

import static org.onemalloc.benchmarks.Row.peer;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.benchmarks.Measure.Jmh;
import org.onemalloc.benchmarks.Measure.Program;

/** All rows, in the order of docs/performance.md. */
final class Rows {
  static final String[] NETTY = {
    "-Djmh.executor=CUSTOM",
    "-Djmh.executor.class=org.onemalloc.benchmarks.FastThreads",
    "-Dio.netty.noUnsafe=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.leakDetection.level=disabled",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"
  };

  private Rows() {}

  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    pairs(rows);
    windows(rows);
    handOver(rows);
    scopes(rows);
    growth(rows);
    zeroed(rows);
    AdapterRows.add(rows);
    ObserveRows.add(rows);
    LibraryRows.add(rows);
    CheckedRows.add(rows);
    rows.add(
        Row.of(
            "virtual-pair",
            "pair of 64 B on a virtual thread",
            pair("heap").jvm("-Djmh.executor=VIRTUAL"),
            peer(
                "critical downcall glibc",
                1.1,
                pair("critical").jvm("-Djmh.executor=VIRTUAL", "-Dbench.downcall=glibc")),
            peer(
                "critical downcall jemalloc",
                0,
                pair("critical").jvm("-Djmh.executor=VIRTUAL", "-Dbench.downcall=jemalloc"))));
    processes(rows);
    return rows;
  }

  private static Jmh pair(String method) {
    return Jmh.of("Pair." + method, Guard.OPERATIONS);
  }

  private static Jmh c(Jmh kernel, String allocator) {
    return kernel.jvm("-Dbench.allocator=" + allocator);
  }

  private static void pairs(List<Row> rows) {
    Jmh kernel = pair("c");
    rows.add(
        Row.of(
            "pair-constant",
            "pair of 64 B, static call, constant size",
            pair("heap"),
            peer("C jemalloc", 0.4, c(kernel, "jemalloc")),
            peer("C jemalloc, sized free", 0, c(pair("cSized"), "jemalloc")),
            peer("C tcmalloc", 0.5, c(kernel, "tcmalloc")),
            peer("C mimalloc", 0, c(kernel, "mimalloc")),
            peer("C glibc", 0, c(kernel, "glibc")),
            peer("critical downcall jemalloc", 0, pair("critical")),
            peer("Arena.ofConfined", 1 / 15.0, pair("confined")),
            peer("Netty pooled", 1 / 25.0, pair("nettyPooled").jvm(NETTY)),
            peer("Netty adaptive", 1 / 25.0, pair("nettyAdaptive").jvm(NETTY)),
            peer("LWJGL jemalloc", 1 / 12.0, pair("lwjgl")),
            peer("the loop alone", 0, pair("loop")),
            peer("C, the loop alone", 0, pair("cLoop"))));
    rows.add(
        Row.of(
            "pair-variable",
            "pair of 64 B, static call, size not constant",
            pair("heapVariable"),
            peer("C jemalloc", 0.6, c(kernel, "jemalloc")),
            peer("C tcmalloc", 0, c(kernel, "tcmalloc"))));
    rows.add(
        Row.of(
            "pair-not-inlined",
            "pair of 64 B, neither call inlined",
            pair("heapNotInlined"),
            peer("C jemalloc", 1.5, c(kernel, "jemalloc")),
            peer("C tcmalloc", 0, c(kernel, "tcmalloc"))));
    rows.add(
        Row.of(
            "pair-handle",
            "pair of 64 B, by handle",
            pair("handle"),
            peer("C jemalloc", 0.4, c(kernel, "jemalloc")),
            peer("C tcmalloc", 0.5, c(kernel, "tcmalloc"))));
    for (String collector : new String[] {"Z", "Parallel", "Shenandoah"}) {
      rows.add(
          Row.of(
              "pair-" + collector.toLowerCase(java.util.Locale.ROOT),
              "pair of 64 B, constant size, " + collector + "GC",
              pair("heap").jvm("-XX:+Use" + collector + "GC"),
              peer("C jemalloc", 0.4, c(kernel, "jemalloc")),
              peer("C tcmalloc", 0.5, c(kernel, "tcmalloc")),
              peer(
                  "Arena.ofConfined",
                  1 / 15.0,
                  pair("confined").jvm("-XX:+Use" + collector + "GC"))));
    }
  }

  private static Jmh window(String method, int kind) {
    return Jmh.of("Window." + method, Guard.OPERATIONS).with("kind", kind).with("slots", 1024);
  }

  private static Jmh million(String method) {
    return window(method, Sizes.FIXED).with("slots", 1 << 20);
  }

  private static void windows(List<Row> rows) {
    String[] sizes = {"", "16-527 B", "power law to 64 KB"};
    for (int kind = Sizes.UNIFORM; kind <= Sizes.POWER; kind++) {
      String name = kind == Sizes.UNIFORM ? "window" : "window-power";
      Jmh kernel = window("c", kind);
      rows.add(
          Row.of(
              name,
              "random window of 1024, " + sizes[kind] + ", static call",
              window("heap", kind),
              peer("C jemalloc", 0.8, c(kernel, "jemalloc")),
              peer("C jemalloc, sized free", 0, c(window("cSized", kind), "jemalloc")),
              peer("C tcmalloc", 1.0, c(kernel, "tcmalloc")),
              peer("C mimalloc", 1.0, c(kernel, "mimalloc")),
              peer("C glibc", 0, c(kernel, "glibc")),
              peer("LWJGL jemalloc", 0, window("lwjgl", kind)),
              peer("Netty pooled", 0, window("nettyPooled", kind).jvm(NETTY)),
              peer("Arena.ofConfined", 0, window("confined", kind)),
              peer("the loop alone", 0, window("loop", kind)),
              peer("C, the loop alone", 0, window("cLoop", kind))));
      rows.add(
          Row.of(
              name + "-handle",
              "random window of 1024, " + sizes[kind] + ", by handle",
              window("handle", kind),
              peer("C jemalloc", 0.65, c(kernel, "jemalloc")),
              peer("C tcmalloc", 1.0, c(kernel, "tcmalloc")),
              peer("C mimalloc", 1.0, c(kernel, "mimalloc"))));
    }
    Jmh live = million("cLive");
    rows.add(
        Row.of(
            "live-million",
            "1,048,576 live blocks of 64 B, a random one replaced",
            million("heapLive"),
            peer("C jemalloc", 0, c(live, "jemalloc")),
            peer("C jemalloc, sized free", 0.4, c(million("cLiveSized"), "jemalloc")),
            peer("C tcmalloc", 1.0, c(live, "tcmalloc")),
            peer("C mimalloc", 1.0, c(live, "mimalloc")),
            peer("C glibc", 0, c(live, "glibc")),
            peer("the loop alone", 0, million("loopLive")),
            peer("C, the loop alone", 0, million("cLiveLoop"))));
    rows.add(
        Row.of(
            "two-threads",
            "random window of 1024, 16-527 B, each of two threads",
            window("heap", Sizes.UNIFORM).onThreads(2),
            peer("ours on one thread", 1 / 0.95, window("heap", Sizes.UNIFORM)),
            peer("C jemalloc on two", 0, c(window("c", Sizes.UNIFORM), "jemalloc").onThreads(2)),
            peer("C mimalloc on two", 0, c(window("c", Sizes.UNIFORM), "mimalloc").onThreads(2))));
  }

  private static void handOver(List<Row> rows) {
    rows.add(
        Row.of(
            "hand-over",
            "64 B allocated on one thread, freed on another",
            Program.of(HandOver.class, "heap"),
            peer("C jemalloc", 0.3, Program.of(HandOver.class, "c", "jemalloc")),
            peer("C tcmalloc", 0.5, Program.of(HandOver.class, "c", "tcmalloc")),
            peer("C mimalloc", 0.5, Program.of(HandOver.class, "c", "mimalloc")),
            peer("C glibc", 0.5, Program.of(HandOver.class, "c", "glibc")),
            peer("LWJGL jemalloc", 1 / 6.0, Program.of(HandOver.class, "lwjgl")),
            peer("Netty pooled", 1 / 6.0, AdapterRows.handOver("pooled", 64)),
            peer("the ring alone", 0, Program.of(HandOver.class, "ring"))));
  }

  static String[] netty() {
    return java.util.Arrays.copyOfRange(NETTY, 2, NETTY.length);
  }

  private static Jmh scope(String method) {
    return Jmh.of("Scopes." + method, Scopes.N);
  }

  private static void scopes(List<Row> rows) {
    rows.add(
        Row.of(
            "arena-32",
            "32 zeroed blocks of 16-128 B in an arena, then close",
            scope("heap32"),
            peer("Arena.ofConfined", 1 / 20.0, scope("confined32")),
            peer("C jemalloc malloc and free", 0, c(scope("c32"), "jemalloc")),
            peer("C tcmalloc malloc and free", 0, c(scope("c32"), "tcmalloc"))));
    rows.add(
        Row.of(
            "arena-32-raw",
            "the same, not zeroed",
            scope("heapRaw32"),
            peer("LWJGL MemoryStack", 0.8, scope("stack32")),
            peer("JDK slicing allocator, kept segment", 0.8, scope("slicing32")),
            peer("JDK slicing allocator, new arena", 0, scope("slicingNew32"))));
    for (int size : new int[] {64, 100, 451}) {
      rows.add(
          Row.of(
              "arena-" + size,
              "arena of one block of " + size + " B",
              scope("heapOne").with("size", size),
              peer("Arena.ofConfined", 1 / 6.0, scope("confinedOne").with("size", size))));
    }
    rows.add(
        Row.of(
            "arena-call",
            "arena of a structure of 48 B, a long and an int, written and read",
            scope("heapCall"),
            peer("Arena.ofConfined", 0, scope("confinedCall")),
            peer("LWJGL MemoryStack", 0, scope("stackCall"))));
    rows.add(
        Row.of(
            "arena-64-escaping",
            "arena of one block of 64 B that the JIT loses sight of",
            scope("heapOneEscaping").with("size", 64),
            peer("Arena.ofConfined", 0, scope("confinedOneEscaping").with("size", 64))));
  }

  private static void growth(List<Row> rows) {
    for (int tenths : new int[] {20, 15}) {
      Jmh kernel = grow("c", tenths);
      rows.add(
          Row.of(
                  tenths == 20 ? "growth-double" : "growth-half",
                  "growth 1 KB to 64 MB by " + tenths / 10.0 + ", touched",
                  grow("heap", tenths),
                  peer(
                      "ours, no mapping kept",
                      0,
                      grow("heap", tenths).jvm("-Donemalloc.cache.mapped=0")),
                  peer("C glibc realloc", 0.12, c(kernel, "glibc")),
                  peer("C jemalloc realloc", 0, c(kernel, "jemalloc")),
                  peer("C tcmalloc realloc", 1.0, c(kernel, "tcmalloc")),
                  peer("C mimalloc realloc", 0, c(kernel, "mimalloc")),
                  peer("Netty pooled", 1 / 12.0, grow("nettyPooled", tenths).jvm(NETTY)),
                  peer("Netty adaptive", 1 / 12.0, grow("nettyAdaptive", tenths).jvm(NETTY)),
                  peer("Arena.ofConfined, copied", 1 / 12.0, grow("confined", tenths)))
              .in("us"));
    }
  }

  private static Jmh grow(String method, int tenths) {
    return Jmh.of("Growth." + method, 1000).with("tenths", tenths);
  }

  private static void zeroed(List<Row> rows) {
    for (int kilobytes : new int[] {4, 16, 64, 256, 1024, 4096}) {
      Jmh set = zero("cMemset", kilobytes);
      Jmh calloc = zero("cCalloc", kilobytes);
      rows.add(
          Row.of(
              "zeroed-" + kilobytes + "k",
              "zeroed " + kilobytes + " KB, every page touched",
              zero("heap", kilobytes),
              peer("C jemalloc calloc", 1.05, c(calloc, "jemalloc")),
              peer("C jemalloc malloc and memset", 1.05, c(set, "jemalloc")),
              peer("C tcmalloc malloc and memset", 1.05, c(set, "tcmalloc")),
              peer("C mimalloc malloc and memset", 1.05, c(set, "mimalloc")),
              peer("C glibc calloc", 1.05, c(calloc, "glibc")),
              peer("C glibc malloc and memset", 1.05, c(set, "glibc")),
              peer("Arena.ofConfined", 0, zero("confined", kilobytes))));
    }
  }

  private static Jmh zero(String method, int kilobytes) {
    return Jmh.of("Zeroed." + method, Zeroed.N).with("kilobytes", kilobytes);
  }

  private static void startUp(List<Row> rows) {
    Program first = Program.of(FirstUse.class, "heap");
    Program floor = Program.of(FirstUse.class, "floor");
    rows.add(
        Row.of(
                "start-up",
                "time to the end of a JVM's first allocation",
                first,
                peer("goal", 1, Program.of(FirstUse.class, "goal", "25.0")),
                peer("the JDK's own floor: one downcall", 0, floor),
                peer("downcalls to malloc and free", 0, Program.of(FirstUse.class, "downcall")),
                peer("Arena.ofConfined", 0, Program.of(FirstUse.class, "confined")))
            .in("ms"));
    rows.add(
        Row.of(
                "start-up-aot",
                "the same with an AOT cache",
                first.withAotCache(),
                peer("goal", 1, Program.of(FirstUse.class, "goal", "15.0")),
                peer("the JDK's own floor: one downcall", 0, floor.withAotCache()))
            .in("ms"));
  }

  private static void processes(List<Row> rows) {
    Jmh raw = Jmh.of("Segments.raw", Guard.OPERATIONS);
    rows.add(
        Row.of(
            "segment",
            "64 B allocated, 8 longs written, freed: arena's segment",
            Jmh.of("Segments.segment", Guard.OPERATIONS),
            peer("by address", 1.1, raw)));
    rows.add(
        Row.of(
            "segment-slice",
            "the same, a slice of all memory",
            Jmh.of("Segments.slice", Guard.OPERATIONS),
            peer("by address", 1.1, raw)));
    String log = System.getProperty("java.io.tmpdir") + "/bench-" + ProcessHandle.current().pid();
    String[] logged = {"-Xlog:safepoint:file=" + log, "-Dbench.log=" + log};
    rows.add(
        Row.of(
                "safepoint",
                "99th percentile of the wait for a safepoint, the most expensive calls running",
                Program.of(Safepoints.class, "heap").jvm(logged),
                peer("goal", 1, Program.of(FirstUse.class, "goal", "1.0")),
                peer("a thread that spins", 0, Program.of(Safepoints.class, "spin").jvm(logged)))
            .in("ms"));
    startUp(rows);
    rows.add(
        Row.of(
                "memory",
                "resident after a shifting load, caches on",
                Program.of(Resident.class),
                peer(
                    "caches off",
                    1.02,
                    Program.of(Resident.class).jvm("-Donemalloc.cache.total=0")))
            .in("MB"));
  }
}
