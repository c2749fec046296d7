package org.onemalloc.profile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import one.jfr.ClassRef;
import one.jfr.JfrReader;
import one.jfr.MethodRef;
import one.jfr.StackTrace;
import one.jfr.event.MallocEvent;

/**
 * The allocations of one process, read from async-profiler's recording. For each stack it has the
 * sum of all allocated bytes, and of those whose free was not recorded.
 *
 * <p>A block is sampled when a counter of allocated bytes passes the interval, so a block of {@code
 * size} bytes is recorded with a probability of size/interval and represents {@code max(size,
 * interval)} bytes (async-profiler, mallocTracer.cpp). All frees are recorded. The file is read
 * chunk by chunk, because stack ids are valid only within a chunk.
 */
final class Recording {
  private final long every;
  private final Map<List<StackFrame>, Site> sites = new HashMap<>();
  private final Map<Long, Block> live = new HashMap<>();
  private long nanos;

  private Recording(long every) {
    this.every = every;
  }

  /** The allocations with one stack. */
  static final class Site {
    long allocated;
    long blocks;
    long live;
  }

  private record Block(Site site, long bytes) {}

  /**
   * Reads a recording.
   *
   * @param every the number of bytes between two samples, as given to the agent
   * @return what was recorded
   * @throws IOException if it cannot be read
   */
  static Recording read(Path file, long every) throws IOException {
    Recording recording = new Recording(every);
    try (JfrReader reader = new JfrReader(file.toString())) {
      reader.stopAtNewChunk = true;
      do {
        recording.chunk(reader);
      } while (reader.hasMoreChunks());
      recording.nanos = reader.durationNanos();
    }
    recording.live.values().forEach(block -> block.site.live += block.bytes);
    return recording;
  }

  /** Returns the sites by their stacks, innermost frame first. */
  Map<List<StackFrame>, Site> sites() {
    return sites;
  }

  /** Returns the length of the recording, in nanoseconds. */
  long nanos() {
    return nanos;
  }

  private void chunk(JfrReader reader) throws IOException {
    Map<Integer, Site> known = new HashMap<>();
    List<MallocEvent> events = reader.readAllEvents(MallocEvent.class);
    for (MallocEvent event : events) {
      live.remove(event.address);
      if (event.size > 0) {
        Site site = known.computeIfAbsent(event.stackTraceId, id -> site(reader, id));
        allocate(site, event);
      }
    }
  }

  private void allocate(Site site, MallocEvent event) {
    long bytes = Math.max(event.size, every);
    site.allocated += bytes;
    site.blocks += Math.max(1, bytes / event.size);
    live.put(event.address, new Block(site, bytes));
  }

  private Site site(JfrReader reader, int id) {
    return sites.computeIfAbsent(stack(reader, id), _ -> new Site());
  }

  private static List<StackFrame> stack(JfrReader reader, int id) {
    List<StackFrame> frames = new ArrayList<>();
    StackTrace trace = reader.stackTraces.get(id);
    if (trace != null) {
      for (int i = 0; i < trace.methods.length; i++) {
        frames.add(frame(reader, reader.methods.get(trace.methods[i]), trace.types[i]));
      }
    }
    return frames;
  }

  private static StackFrame frame(JfrReader reader, MethodRef method, byte type) {
    if (method == null) {
      return new StackFrame("", "unknown", type);
    }
    ClassRef owner = reader.classes.get(method.cls);
    String name = symbol(reader, method.name);
    String of = owner == null ? "" : symbol(reader, owner.name);
    return StackFrame.of(of, name, type);
  }

  private static String symbol(JfrReader reader, long id) {
    byte[] text = reader.symbols.get(id);
    return text == null ? "" : new String(text, StandardCharsets.UTF_8);
  }
}
