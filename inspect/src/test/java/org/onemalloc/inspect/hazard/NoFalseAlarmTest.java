package org.onemalloc.inspect.hazard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.onemalloc.inspect.loader.DynamicLoader;
import org.onemalloc.inspect.loader.Namespace;
import org.onemalloc.inspect.loader.OpenFlag;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.objectfile.ObjectFileException;

/** Programs that work give no danger: a sample of this machine's, or all with -Dnightly. */
@Tag("slow")
class NoFalseAlarmTest {
  private static final boolean ALL = System.getProperty("nightly") != null;
  private static final int SAMPLE = 40;

  /** A loader keeps every file that it has read, so it serves this many programs. */
  private static final int PROGRAMS = 25;

  @Test
  void programsAsTheyAreHaveNoDanger() throws Exception {
    Map<String, List<Hazard>> alarms = new TreeMap<>();
    int judged = 0;
    int others = 0;
    DynamicLoader loader = DynamicLoader.ofThisMachine();
    for (Path program : programs()) {
      if (judged % PROGRAMS == 0) {
        loader = DynamicLoader.ofThisMachine();
      }
      try {
        Namespace namespace = loader.start(program, Map.of());
        judged++;
        note(alarms, program, Hazards.of(Subject.of(Parts.of(namespace))));
      } catch (ObjectFileException e) {
        others++; // a script, or static
      }
    }
    assertTrue(judged >= (ALL ? 200 : 5), judged + " programs, " + others + " others");
    assertEquals(Map.of(), alarms);
  }

  private static List<Path> programs() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String directory : List.of("/usr/bin", "/usr/sbin")) {
      try (Stream<Path> files = Files.list(Path.of(directory))) {
        files.filter(Files::isRegularFile).filter(Files::isReadable).sorted().forEach(all::add);
      }
    }
    List<Path> some = new ArrayList<>();
    for (int i = 0; i < all.size(); i += ALL ? 1 : SAMPLE) {
      some.add(all.get(i));
    }
    return some;
  }

  /** Everything in its lib/ at once is more than any JVM opens. */
  @Test
  void jdkAsItIsHasNoDanger() throws Exception {
    Path home = Workshop.JAVA_HOME;
    DynamicLoader loader = DynamicLoader.ofThisMachine();
    Namespace namespace = loader.start(home.resolve("bin/java"), Map.of());
    namespace.dlopen(home.resolve("lib/server/libjvm.so"), OpenFlag.GLOBAL);
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      files.filter(file -> file.toString().endsWith(".so")).sorted().forEach(namespace::dlopen);
    }
    Map<String, List<Hazard>> alarms = new TreeMap<>();
    note(alarms, home, Hazards.of(Subject.of(Parts.of(namespace))));
    assertEquals(Map.of(), alarms);
  }

  private static void note(Map<String, List<Hazard>> alarms, Path subject, List<Hazard> hazards) {
    List<Hazard> dangers =
        hazards.stream().filter(hazard -> hazard.severity() == Severity.DANGER).toList();
    if (!dangers.isEmpty()) {
      alarms.put(subject.toString(), dangers);
    }
  }
}
