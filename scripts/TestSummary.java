import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Matches "cc is not installed", alone or after a reason. */
static final Pattern MISSING = Pattern.compile("(?:.*: )?(\\S+) is (?:not installed|missing)\\W*");

/** Matches the lines of Maven's log for tests that ended without a report. */
static final Pattern CRASH =
    Pattern.compile("\\[ERROR\\].*(The forked VM terminated|There was an error in the forked).*");

/** The Debian package of a tool, if it has another name than the tool. */
static final Map<String, String> PACKAGES =
    Map.ofEntries(
        Map.entry("cc", "gcc"),
        Map.entry("c++", "g++"),
        Map.entry("go", "golang-go"),
        Map.entry("ar", "binutils"),
        Map.entry("nm", "binutils"),
        Map.entry("objcopy", "binutils"),
        Map.entry("readelf", "binutils"),
        Map.entry("strip", "binutils"),
        Map.entry("eu-elflint", "elfutils"),
        Map.entry("ld64.lld", "lld"),
        Map.entry("musl-gcc", "musl-tools"),
        Map.entry("ninja", "ninja-build"),
        Map.entry("pgbench", "postgresql"),
        Map.entry("php", "php-cli"),
        Map.entry("ps", "procps"),
        Map.entry("redis-benchmark", "redis-tools"),
        Map.entry("setcap", "libcap2-bin"),
        Map.entry("getcap", "libcap2-bin"),
        Map.entry("script", "bsdutils"),
        Map.entry("jemalloc", "libjemalloc2"),
        Map.entry("jemalloc@installed", "libjemalloc2"),
        Map.entry("libjemalloc.so.2", "libjemalloc2"),
        Map.entry("libjemalloc_pic.a", "libjemalloc-dev"),
        Map.entry("mimalloc", "libmimalloc2.0"),
        Map.entry("mimalloc@installed", "libmimalloc2.0"),
        Map.entry("libmimalloc.so.2", "libmimalloc2.0"),
        Map.entry("tcmalloc", "libtcmalloc-minimal4"),
        Map.entry("libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"),
        Map.entry("libsqlite3.so.0", "libsqlite3-0"),
        Map.entry("libuv.so.1", "libuv1"),
        Map.entry("libxml2.so.2", "libxml2"),
        Map.entry("ld.bfd", "binutils"),
        Map.entry("ld.gold", "binutils"),
        Map.entry("ld.lld", "lld"),
        Map.entry("ld.mold", "mold"),
        Map.entry("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
        Map.entry("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"));

/**
 * Reads the test reports below a directory and Maven's log. Prints the failed tests, the skipped
 * tests with the reasons, and the test time of each module and of the slowest test classes.
 */
void main(String[] arguments) throws Exception {
  Path root = Path.of(arguments[0]);
  int tests = 0;
  int skips = 0;
  List<String> failed = new ArrayList<>();
  TreeMap<String, List<String>> toInstall = new TreeMap<>();
  TreeMap<String, List<String>> otherwise = new TreeMap<>();
  TreeMap<String, Double> modules = new TreeMap<>();
  TreeMap<String, Double> classes = new TreeMap<>();
  for (Path report : reports(root)) {
    String module = root.relativize(report.getParent().getParent().getParent()).toString();
    Element suite = parse(report);
    modules.merge(module, seconds(suite), Double::sum);
    classes.merge(module + " " + simple(suite.getAttribute("name")), seconds(suite), Double::sum);
    NodeList cases = suite.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      String name = simple(test.getAttribute("classname")) + "." + test.getAttribute("name");
      tests++;
      Element failure = child(test, "failure", "error");
      Element skipped = child(test, "skipped");
      if (failure != null) {
        String message = failure.getAttribute("message").lines().findFirst().orElse("");
        failed.add("FAILED %s: %s: %s".formatted(module, name, message));
      } else if (skipped != null) {
        skips++;
        String reason = reason(skipped);
        Matcher missing = MISSING.matcher(reason);
        if (missing.matches()) {
          toInstall.computeIfAbsent(packageOf(missing.group(1)), _ -> new ArrayList<>()).add(name);
        } else {
          otherwise.computeIfAbsent(reason, _ -> new ArrayList<>()).add(name);
        }
      }
    }
  }
  List<String> crashes = crashes(arguments);

  IO.println("");
  IO.println("Minutes of tests by module:");
  modules.forEach((module, time) -> IO.println("  %5.1f  %s".formatted(time / 60, module)));
  double sum = modules.values().stream().mapToDouble(Double::doubleValue).sum();
  IO.println("  %5.1f  in all; the longest:".formatted(sum / 60));
  classes.entrySet().stream()
      .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
      .limit(10)
      .forEach(entry -> IO.println("  %5.1f  %s".formatted(entry.getValue() / 60, entry.getKey())));
  otherwise.forEach((reason, names) -> IO.println("skipped, " + reason + ": " + inShort(names)));
  toInstall.forEach(
      (tool, names) ->
          IO.println("install %s to run %d more: %s".formatted(tool, names.size(), inShort(names))));
  crashes.forEach(line -> IO.println("FAILED without a report: " + line));
  failed.forEach(IO::println);
  IO.println(
      "%d passed, %d failed, %d skipped"
          .formatted(tests - failed.size() - skips, failed.size(), skips));
  if (skips > 0 && "true".equals(System.getenv("CI"))) {
    IO.println("On CI nothing may be skipped: .ci/run must install what is missing.");
    System.exit(1);
  }
  System.exit(failed.isEmpty() && crashes.isEmpty() && tests > 0 ? 0 : 1);
}

/** Returns the reason why a test was skipped: an attribute, or the first line of the exception. */
String reason(Element skipped) {
  String message = skipped.getAttribute("message");
  if (message.isBlank()) {
    String first = skipped.getTextContent().lines().filter(l -> !l.isBlank()).findFirst().orElse("");
    message = first.replaceFirst("^\\S+Exception: ", "");
  }
  return message.replaceFirst("^(Assumption failed: )?(why: )?", "");
}

String packageOf(String tool) {
  tool = tool.replaceFirst("^/.*/", "");
  return tool.matches("llvm-\\w+") ? "llvm-19" : PACKAGES.getOrDefault(tool, tool);
}

String simple(String name) {
  return name.replaceAll(".*\\.", "");
}

/** Returns the classes of the tests, each with the number of its tests. */
String inShort(List<String> names) {
  TreeMap<String, Integer> classes = new TreeMap<>();
  names.forEach(name -> classes.merge(name.replaceFirst("\\..*", ""), 1, Integer::sum));
  return String.join(
      ", ",
      classes.entrySet().stream().map(e -> e.getKey() + " (" + e.getValue() + ")").toList());
}

List<String> crashes(String[] arguments) throws IOException {
  if (arguments.length < 2) {
    return List.of();
  }
  return Files.readAllLines(Path.of(arguments[1])).stream()
      .filter(line -> CRASH.matcher(line).matches())
      .distinct()
      .toList();
}

List<Path> reports(Path folder) throws IOException {
  try (Stream<Path> files = Files.walk(folder)) {
    return files
        .filter(file -> file.toString().matches(".*/target/(surefire|failsafe)-reports/TEST-.*\\.xml"))
        .sorted()
        .toList();
  }
}

Element parse(Path report) throws Exception {
  return DocumentBuilderFactory.newInstance()
      .newDocumentBuilder()
      .parse(report.toFile())
      .getDocumentElement();
}

double seconds(Element suite) {
  return Double.parseDouble(suite.getAttribute("time").replace(",", ""));
}

/** Returns the first child with one of these names, or null. */
Element child(Element test, String... names) {
  for (String name : names) {
    NodeList found = test.getElementsByTagName(name);
    if (found.getLength() > 0) {
      return (Element) found.item(0);
    }
  }
  return null;
}
