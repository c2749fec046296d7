import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts a program with the agent, uses it, and compares what the agent publishes with what the
 * kernel and {@code jcmd} say of the process.
 *
 * <pre>java Probed.java JAVA_HOME AGENT READY LOAD ARGUMENT…</pre>
 *
 * READY is a part of the line that the program prints once it can be used, LOAD a command of the
 * shell. Prints what differs and ends with 1; or prints {@code pid}, the figures and {@code
 * compared}, and keeps the program until the end of its own input, for others to look at. For each
 * line of that input it prints the figures of that moment and {@code compared} again.
 */
final class Probed {
  private static final Pattern SERVED = Pattern.compile("metrics are at (http://\\S+)\\.");
  private static final Pattern METRIC = Pattern.compile("^(onemalloc_.+) (\\S+)$");
  private static final Pattern CATEGORY =
      Pattern.compile("^-? *(\\S.*?) \\(reserved=(\\d+), committed=(\\d+)");

  private final Path home;
  private final Process process;
  private String address;

  private Probed(Path home, Process process) {
    this.home = home;
    this.process = process;
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.add("-javaagent:" + arguments[1] + "=port=0,interval=1");
    command.add("-XX:NativeMemoryTracking=summary");
    command.addAll(Arrays.asList(arguments).subList(4, arguments.length));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      Probed probed = new Probed(home, process);
      probed.await(arguments[2]);
      require(run("/bin/sh", "-c", arguments[3]).code == 0, "the load failed: " + arguments[3]);
      System.out.println("pid " + process.pid());
      probed.compare();
      System.out.println("compared");
      for (int c = System.in.read(); c >= 0; c = System.in.read()) {
        if (c == '\n') {
          print(probed.metrics());
          System.out.println("compared");
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Reads what the program prints, to its end in a thread. */
  private void await(String ready) throws IOException {
    BufferedReader out = process.inputReader();
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); ; line = out.readLine()) {
      require(line != null, "the program ended: " + said);
      said.append(line).append('\n');
      Matcher served = SERVED.matcher(line);
      if (served.find()) {
        address = served.group(1);
      }
      if (line.contains(ready)) {
        break;
      }
    }
    require(address != null, "no metrics: " + said);
    Thread drain = new Thread(() -> out.lines().forEach(line -> {}));
    drain.setDaemon(true);
    drain.start();
  }

  private void compare() throws Exception {
    metrics(); // the first look loads code
    Thread.sleep(1500);
    long first = resident();
    Map<String, Double> metrics = metrics();
    long last = resident();
    print(metrics);

    double resident = metrics.get("onemalloc_resident_bytes");
    double sum = 0;
    for (Map.Entry<String, Double> each : metrics.entrySet()) {
      sum += each.getKey().startsWith("onemalloc_memory_bytes{") ? each.getValue() : 0;
    }
    require(sum == resident, "the kinds add up to " + sum);
    between(0.98 * first, resident, 1.02 * last, "resident memory, smaps_rollup");

    Map<String, Long> tracked = tracked();
    double java = metrics.get("onemalloc_memory_bytes{kind=\"java_heap\"}");
    between(0, java, tracked.get("Java Heap"), "Java heap, jcmd");
    between(
        tracked.get("Java Heap"),
        metrics.get("onemalloc_nmt_committed_bytes{category=\"Java Heap\"}"),
        tracked.get("Java Heap"),
        "committed Java heap, jcmd");
    double stacks = metrics.get("onemalloc_memory_bytes{kind=\"thread_stacks\"}");
    between(stacks / 3, tracked.get("Thread"), stacks * 3, "stacks, jcmd");
    double code = metrics.get("onemalloc_memory_bytes{kind=\"code_cache\"}");
    between(code, tracked.get("Code"), 4 * code, "code cache, jcmd");
  }

  private static void print(Map<String, Double> metrics) {
    metrics.forEach((name, value) -> System.out.printf("%s %.0f%n", name, value));
  }

  private Map<String, Double> metrics() throws Exception {
    String text =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
            .body();
    Map<String, Double> found = new TreeMap<>();
    for (String line : text.split("\n")) {
      Matcher metric = METRIC.matcher(line);
      if (metric.find()) {
        found.put(metric.group(1), Double.valueOf(metric.group(2)));
      }
    }
    return found;
  }

  /** Returns the resident bytes by the kernel's own sum. */
  private long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
      if (line.startsWith("Rss:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no Rss");
  }

  /** Returns the committed bytes of each category of Native Memory Tracking. */
  private Map<String, Long> tracked() throws Exception {
    Ended jcmd =
        run(
            home.resolve("bin/jcmd").toString(),
            Long.toString(process.pid()),
            "VM.native_memory",
            "scale=b");
    require(jcmd.code == 0, "jcmd: " + jcmd.out);
    Map<String, Long> found = new TreeMap<>();
    for (String line : jcmd.out.split("\n")) {
      Matcher category = CATEGORY.matcher(line);
      if (category.find()) {
        found.put(category.group(1), Long.valueOf(category.group(3)));
      }
    }
    return found;
  }

  private record Ended(int code, String out) {}

  private static Ended run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), out);
  }

  private static void between(double least, double figure, double most, String what) {
    require(
        figure >= least && figure <= most,
        String.format("%s: %.0f is not in %.0f to %.0f", what, figure, least, most));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      System.out.println(otherwise);
      throw new IllegalStateException(otherwise);
    }
  }
}
