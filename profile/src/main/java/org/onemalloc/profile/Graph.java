package org.onemalloc.profile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import one.convert.Arguments;
import one.convert.CallStack;
import one.convert.FlameGraph;
import one.convert.Frame;

/**
 * Creates flame graphs with async-profiler's converter. The frames nearest to the root are the
 * parts.
 */
final class Graph {
  /**
   * The minimum width of a frame. Narrower frames are illegible, and a JVM has thousands of them.
   */
  private static final String LEAST_PERCENT = "0.1";

  private Graph() {}

  static String of(
      String title,
      Map<List<StackFrame>, Recording.Site> sites,
      ToLongFunction<Recording.Site> bytes)
      throws IOException {
    FlameGraph graph =
        new FlameGraph(new Arguments("--title", title, "--inverted", "--minwidth", LEAST_PERCENT));
    sites.forEach(
        (stack, site) -> {
          long weight = bytes.applyAsLong(site);
          if (weight > 0) {
            graph.addSample(callStack(stack), weight);
          }
        });
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    graph.dump(page);
    return page.toString(StandardCharsets.UTF_8);
  }

  private static CallStack callStack(List<StackFrame> stack) {
    CallStack calls = new CallStack();
    calls.push("[" + Parts.of(stack) + "]", Frame.TYPE_KERNEL);
    stack.reversed().stream()
        .filter(frame -> !frame.isOf("libasyncProfiler"))
        .forEach(frame -> calls.push(frame.text(), frame.type()));
    return calls;
  }
}
