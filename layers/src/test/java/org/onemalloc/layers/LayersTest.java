package org.onemalloc.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.onemalloc.layers.Architecture.Layer;

/** Every package imports only the layers that the tables of ARCHITECTURE.md allow. */
class LayersTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final String CLASSES = "target/classes";
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

  /** A class, with the folder of its module. */
  private record Place(String folder, JavaClass type) {
    String packageName() {
      return type.getPackageName();
    }
  }

  private static Architecture architecture;

  /** The classes of all modules by name, including nested classes. */
  private static final Map<String, Place> PLACES = new TreeMap<>();

  /** The classes that each class uses; outermost classes only. */
  private static final Map<String, Set<String>> USES = new TreeMap<>();

  @BeforeAll
  static void read() throws IOException {
    architecture = Architecture.read(HOME.resolve("ARCHITECTURE.md"));
    Map<Path, String> folders = new HashMap<>();
    for (String module : modules()) {
      Path classes = HOME.resolve(module).resolve(CLASSES);
      if (Files.isDirectory(HOME.resolve(module).resolve("src/main/java"))) {
        assertTrue(
            Files.isDirectory(classes),
            () -> module + " is not compiled: build the whole reactor, then this module");
        folders.put(classes, module);
      }
    }
    for (JavaClass type : new ClassFileImporter().importPaths(folders.keySet())) {
      folders.forEach((classes, folder) -> add(classes, folder, type));
    }
    for (Place place : List.copyOf(PLACES.values())) {
      uses(place.type());
    }
  }

  private static List<String> modules() throws IOException {
    return MODULE
        .matcher(Files.readString(HOME.resolve("pom.xml")))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static void add(Path classes, String folder, JavaClass type) {
    URI file = type.getSource().orElseThrow().getUri();
    if (Path.of(file).startsWith(classes) && isCurrent(folder, type)) {
      PLACES.put(type.getName(), new Place(folder, type));
    }
  }

  /**
   * Returns whether a class file has a source; a class file without one is left from an earlier
   * build.
   */
  private static boolean isCurrent(String folder, JavaClass type) {
    String source = type.getSource().flatMap(found -> found.getFileName()).orElseThrow();
    Path sources = HOME.resolve(folder).resolve("src/main/java");
    return Files.exists(sources.resolve(type.getPackageName().replace('.', '/')).resolve(source));
  }

  private static String outer(String name) {
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static void uses(JavaClass type) {
    Set<String> used = USES.computeIfAbsent(outer(type.getName()), name -> new TreeSet<>());
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      JavaClass target = dependency.getTargetClass().getBaseComponentType();
      String name = outer(target.getName());
      if (PLACES.containsKey(name) && !name.equals(outer(type.getName()))) {
        used.add(name);
      }
    }
  }

  private static Layer layer(String name) {
    Place place = PLACES.get(name);
    String simple = name.substring(name.lastIndexOf('.') + 1);
    return architecture.of(place.folder(), place.packageName(), simple);
  }

  private static List<String> forbidden(Map<String, Set<String>> uses) {
    Map<Layer, Set<Layer>> allowed = architecture.imports();
    List<String> forbidden = new ArrayList<>();
    uses.forEach(
        (from, all) -> {
          for (String to : all) {
            Layer above = layer(from);
            Layer below = layer(to);
            if (!above.equals(below) && !allowed.get(above).contains(below)) {
              forbidden.add(
                  "%s uses %s: in ARCHITECTURE.md, %s does not import %s"
                      .formatted(from, to, above, below));
            }
          }
        });
    return forbidden;
  }

  @Test
  void everyPackageStandsInTheTable() {
    Set<String> missing = new TreeSet<>();
    Set<Layer> seen = new LinkedHashSet<>();
    for (String name : USES.keySet()) {
      Layer layer = layer(name);
      seen.add(layer);
      String packageName = PLACES.get(name).packageName();
      if (layer == null || (layer.part().isEmpty() && !isMain(name))) {
        missing.add(PLACES.get(name).folder() + " has the package " + packageName);
      }
    }
    assertEquals(Set.of(), missing, "packages without a row in ARCHITECTURE.md");
    for (Layer layer : architecture.layers()) {
      boolean code = Files.isDirectory(HOME.resolve(layer.folder()).resolve("src/main/java"));
      assertTrue(!code || seen.contains(layer), () -> "no package for the row " + layer);
    }
  }

  /** Returns whether a class is in the main package of its module, which is in no other package. */
  private static boolean isMain(String name) {
    Place place = PLACES.get(name);
    return PLACES.values().stream()
        .filter(other -> other.folder().equals(place.folder()))
        .noneMatch(other -> place.packageName().startsWith(other.packageName() + "."));
  }

  @Test
  void nothingIsImportedThatTheTableDoesNotAllow() {
    assertEquals("", String.join("\n", forbidden(USES)));
  }

  @Test
  void anImportUpwardsIsReported() {
    String low = "org.onemalloc.internal.system.Memory";
    String high = "org.onemalloc.internal.cache.Caches";
    assertEquals(
        List.of(
            low
                + " uses "
                + high
                + ": in ARCHITECTURE.md, heap/…/system does not import heap/…/cache"),
        forbidden(Map.of(low, Set.of(high))));
  }

  @Test
  void theTableHasNoCircle() {
    assertEquals(List.of(), Circles.of(architecture.imports()));
  }

  /** A type may name its own subtypes, as sealed types and factories do. */
  @Test
  void noCircleInsideOfHeapIsLargerThanAPair() {
    Map<String, Set<String>> heap = new TreeMap<>();
    USES.forEach(
        (from, all) -> {
          if (PLACES.get(from).folder().equals("heap")) {
            Set<String> others = new TreeSet<>(all);
            others.removeIf(to -> PLACES.get(to).type().isAssignableTo(from));
            heap.put(from, others);
          }
        });
    List<List<String>> large =
        Circles.of(heap).stream().filter(circle -> circle.size() > 2).toList();
    assertEquals(List.of(), large);
  }

  @Test
  void circlesAreFound() {
    Map<String, Set<String>> edges =
        Map.of("a", Set.of("b"), "b", Set.of("c"), "c", Set.of("a", "d"), "d", Set.of());
    List<List<String>> circles = Circles.of(edges);
    assertEquals(1, circles.size());
    assertEquals(Set.of("a", "b", "c"), Set.copyOf(circles.getFirst()));
  }
}
