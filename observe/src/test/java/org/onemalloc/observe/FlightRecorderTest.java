package org.onemalloc.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records a JVM and reads the recording with the tools of the JDK. */
@Tag("slow")
class FlightRecorderTest {
  private static final String JAVA_HOME = System.getProperty("java.home");

  @TempDir Path folder;

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  private Path recording(String... options) throws Exception {
    return recording(ObservedMain.class, options);
  }

  private Path recording(Class<?> program, String... options) throws Exception {
    Path file = folder.resolve("heap.jfr");
    List<String> command = new ArrayList<>();
    command.add(Path.of(JAVA_HOME, "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx64m"));
    command.add("-XX:StartFlightRecording:filename=" + file);
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(program.getName());
    String text = run(command.toArray(String[]::new));
    assertTrue(text.contains(ObservedMain.READY), text);
    return file;
  }

  private static String jfr(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(JAVA_HOME, "bin", "jfr").toString());
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private static List<RecordedEvent> events(Path file, String name) throws Exception {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("onemalloc." + name))
        .toList();
  }

  @Test
  void recordsSamplesStatisticsTagsAndLimits() throws Exception {
    Path file = recording("-Donemalloc.observe=on");

    List<RecordedEvent> samples = events(file, "AllocationSample");
    assertFalse(samples.isEmpty());
    for (RecordedEvent sample : samples) {
      assertTrue(sample.getLong("bytes") >= 512 << 10, sample.toString());
    }
    assertTrue(
        samples.stream()
            .map(sample -> sample.getString("allocatedBy"))
            .collect(Collectors.joining(" "))
            .contains("ObservedMain.fill:"),
        samples.toString());

    RecordedEvent last = events(file, "HeapStatistics").getLast();
    assertEquals("glibc", last.getString("allocator").split(" ", -1)[0]);
    assertTrue(last.getLong("live") > 100 << 20, last.toString());
    assertTrue(last.getLong("allocated") > 100 << 20, last.toString());
    assertEquals(Long.MIN_VALUE, last.getLong("escaped"));

    assertTrue(
        events(file, "TagStatistics").stream()
            .anyMatch(tag -> tag.getString("tag").equals("store") && tag.getLong("total") > 0));

    RecordedEvent refused = events(file, "LimitReached").getLast();
    assertEquals("store/log", refused.getString("tag"));
    assertEquals(1 << 20, refused.getLong("limit"));
    assertEquals(2 << 20, refused.getLong("refused"));
    assertTrue(refused.getStackTrace().toString().contains("ObservedMain"), refused.toString());
  }

  @Test
  void theFirstEventsOfAShortProgramAreRecorded() throws Exception {
    Path file = recording(ShortMain.class, "-Donemalloc.observe=on");
    List<RecordedEvent> samples = events(file, "AllocationSample");
    assertEquals(1, samples.size(), samples.toString());
    assertEquals(ShortMain.SIZE, samples.getFirst().getLong("size"));
    assertTrue(samples.getFirst().getString("allocatedBy").contains("ShortMain.main:"));
    List<RecordedEvent> refused = events(file, "LimitReached");
    assertEquals(1, refused.size(), refused.toString());
    assertTrue(refused.getFirst().getStackTrace().toString().contains("ShortMain"));
  }

  @Test
  void theToolsOfTheJdkShowIt() throws Exception {
    String file = recording("-Donemalloc.observe=on").toString();
    assertTrue(jfr("summary", file).contains("onemalloc.AllocationSample"));

    String samples = jfr("view", "--width", "160", "onemalloc.AllocationSample", file);
    assertTrue(samples.contains("Native Allocation Sample"), samples);
    assertTrue(samples.contains("Allocated By"), samples);
    assertTrue(samples.contains("Block Size"), samples);
    assertTrue(samples.contains("256.0 kB"), samples);

    String tags = jfr("view", "--width", "160", "onemalloc.TagStatistics", file);
    assertTrue(tags.contains("store/cache"), tags);
    assertTrue(tags.contains("With Tags Below"), tags);

    String statistics = jfr("print", "--events", "onemalloc.HeapStatistics", file);
    assertTrue(statistics.contains("escaped = N/A"), statistics);
  }

  @Test
  void withoutThePropertyNothingIsRecorded() throws Exception {
    Path file = recording("-Donemalloc.observe=off", "-Dwait=false");
    assertTrue(Files.size(file) > 0);
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      assertFalse(event.getEventType().getName().startsWith("onemalloc."), event.toString());
    }
  }
}
