import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Prints the NOTICE file of a distribution from its bill of materials (CycloneDX, XML). */
void main(String[] arguments) throws Exception {
  Element bill =
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(Path.of(arguments[0]).toFile())
          .getDocumentElement();
  TreeMap<String, String> parts = new TreeMap<>();
  NodeList components =
      ((Element) bill.getElementsByTagName("components").item(0)).getElementsByTagName("component");
  for (int i = 0; i < components.getLength(); i++) {
    Element component = (Element) components.item(i);
    String group = text(component, "group");
    if (!group.equals("org.onemalloc")) {
      String name = group + ":" + text(component, "name") + " " + text(component, "version");
      parts.put(name, String.join(", ", licences(component)));
    }
  }
  IO.println("onemalloc");
  IO.println("Copyright 2026 the authors of onemalloc. Apache License 2.0: see LICENSE.");
  IO.println("");
  IO.println("This distribution contains:");
  IO.println("");
  parts.forEach((name, licence) -> IO.println("  %s: %s".formatted(name, licence)));
  IO.print(
      """

      The natives of org.lwjgl:lwjgl-mimalloc are mimalloc, by Microsoft Corporation (MIT), those of
      org.lwjgl:lwjgl-jemalloc are jemalloc, by Jason Evans, the Mozilla Foundation and Facebook
      (BSD-2-Clause); com.github.luben:zstd-jni contains Zstandard, by Meta Platforms (BSD-3-Clause).

      The classes of info.picocli:picocli have a newer class file version than its authors publish.

      The Java runtime is OpenJDK, under the GNU General Public License 2 with the Classpath
      Exception: its licences, and those of what it contains, are in lib/runtime/legal.
      """);
}

List<String> licences(Element component) {
  List<String> names = new ArrayList<>();
  NodeList licences = component.getElementsByTagName("license");
  for (int i = 0; i < licences.getLength(); i++) {
    Element licence = (Element) licences.item(i);
    String id = text(licence, "id");
    names.add(id.isEmpty() ? text(licence, "name") : id);
  }
  return names;
}

String text(Element parent, String child) {
  NodeList found = parent.getElementsByTagName(child);
  return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
}
