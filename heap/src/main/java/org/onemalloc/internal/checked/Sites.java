package org.onemalloc.internal.checked;

import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.onemalloc.Trace;

/**
 * The stacks on which blocks were allocated and freed, and the tags, each stored once under a
 * number, so that a block needs one int. They are stored as text, because a class may be unloaded.
 *
 * <p>Two stacks count as one if a hash of 64 bits over their frames is the same.
 */
public final class Sites {
  /** The number of no stack. */
  public static final int NONE = 0;

  /** The trace of no stack. */
  static final Trace NOWHERE = new Trace("", "", List.of());

  private static final int DEPTH = 16;

  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private static final ConcurrentHashMap<Long, Integer> NUMBERS = new ConcurrentHashMap<>();
  private static final Map<Integer, List<StackTraceElement>> STACKS = new ConcurrentHashMap<>();
  private static final Map<Integer, String> TAGS = new ConcurrentHashMap<>();
  private static final Map<Long, String> THREADS = new ConcurrentHashMap<>();
  private static final AtomicInteger NEXT = new AtomicInteger(NONE + 1);

  private static final String LIBRARY = Trace.class.getPackageName();

  /** Whether frames of a class are this library's own and are omitted. */
  private static final ClassValue<Boolean> OURS =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          String name = type.getPackageName();
          boolean ours = name.equals(LIBRARY) || name.startsWith(LIBRARY + ".internal.");
          return name.equals("java.lang.foreign")
              || (ours && Objects.equals(source(type), source(Sites.class)));
        }
      };

  private Sites() {}

  private static Object source(Class<?> type) {
    ProtectionDomain domain = type.getProtectionDomain();
    CodeSource source = domain == null ? null : domain.getCodeSource();
    return source == null ? null : String.valueOf(source.getLocation());
  }

  /** Returns the number of the calling thread's stack. */
  static int here() {
    return WALKER.walk(
        frames -> {
          List<StackWalker.StackFrame> stack =
              frames.dropWhile(f -> OURS.get(f.getDeclaringClass())).limit(DEPTH).toList();
          long hash = 1;
          for (StackWalker.StackFrame frame : stack) {
            hash = mix(hash, frame.getDeclaringClass().getName().hashCode());
            hash = mix(hash, frame.getMethodName().hashCode());
            hash = mix(hash, frame.getByteCodeIndex());
          }
          Integer known = NUMBERS.get(hash);
          return known != null ? known : add(hash, stack);
        });
  }

  private static long mix(long hash, int value) {
    long mixed = (hash ^ value) * 0x9e3779b97f4a7c15L;
    return mixed ^ (mixed >>> 29);
  }

  private static int add(long hash, List<StackWalker.StackFrame> stack) {
    return NUMBERS.computeIfAbsent(
        hash,
        h -> {
          List<StackTraceElement> frames = new ArrayList<>();
          stack.forEach(frame -> frames.add(frame.toStackTraceElement()));
          int number = NEXT.getAndIncrement();
          STACKS.put(number, List.copyOf(frames));
          return number;
        });
  }

  /** Returns the number of the same stack under a tag. */
  static int tagged(int site, String tag) {
    if (tag.equals(TAGS.get(site))) {
      return site;
    }
    long hash = mix(mix(0, site), tag.hashCode());
    return NUMBERS.computeIfAbsent(
        hash,
        h -> {
          int number = NEXT.getAndIncrement();
          STACKS.put(number, STACKS.getOrDefault(site, List.of()));
          TAGS.put(number, tag);
          return number;
        });
  }

  /** Returns the calling thread's id, and records its name. */
  static long thread() {
    Thread thread = Thread.currentThread();
    long id = thread.threadId();
    if (!thread.isVirtual() && !THREADS.containsKey(id)) {
      THREADS.put(id, thread.getName());
    }
    return id;
  }

  /** Returns the trace of a recorded stack and thread. */
  static Trace trace(int site, long thread) {
    if (site == NONE) {
      return NOWHERE;
    }
    String name = THREADS.getOrDefault(thread, "virtual " + thread);
    return new Trace(name, TAGS.getOrDefault(site, ""), STACKS.getOrDefault(site, List.of()));
  }

  static Trace current() {
    return trace(here(), thread());
  }
}
