import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads the test reports below a folder and says what passed, failed, and was skipped and why. */
void main(String[] arguments) throws Exception {
  int tests = 0;
  int failed = 0;
  TreeMap<String, List<String>> skipped = new TreeMap<>();
  for (Path report : reports(Path.of(arguments[0]))) {
    NodeList cases = parse(report).getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      tests++;
      if (has(test, "failure") || has(test, "error")) {
        failed++;
      } else if (has(test, "skipped")) {
        Element reason = (Element) test.getElementsByTagName("skipped").item(0);
        String name = test.getAttribute("classname").replaceAll(".*\\.", "");
        skipped
            .computeIfAbsent(reason.getAttribute("message"), key -> new ArrayList<>())
            .add(name + "." + test.getAttribute("name"));
      }
    }
  }
  int skips = skipped.values().stream().mapToInt(List::size).sum();
  skipped.forEach((reason, names) -> IO.println("skipped, " + reason + ": " + String.join(", ", names)));
  IO.println("%d passed, %d failed, %d skipped".formatted(tests - failed - skips, failed, skips));
  if (skips > 0 && "true".equals(System.getenv("CI"))) {
    IO.println("On CI nothing may be skipped: .ci/run must install what is missing.");
    System.exit(1);
  }
  System.exit(failed == 0 && tests > 0 ? 0 : 1);
}

List<Path> reports(Path folder) throws IOException {
  try (Stream<Path> files = Files.walk(folder)) {
    return files
        .filter(file -> file.toString().matches(".*/target/(surefire|failsafe)-reports/TEST-.*\\.xml"))
        .toList();
  }
}

Element parse(Path report) throws Exception {
  return DocumentBuilderFactory.newInstance()
      .newDocumentBuilder()
      .parse(report.toFile())
      .getDocumentElement();
}

boolean has(Element test, String child) {
  return test.getElementsByTagName(child).getLength() > 0;
}
