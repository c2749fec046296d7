package org.onemalloc.layers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The two tables of ARCHITECTURE.md: the layers, and the imports that each may have.
 *
 * <p>The first has a row for each module ({@code compare/}, its main package) and for each further
 * package of a module ({@code compare/…/judge}). The second has a row for each layer of {@code
 * heap}. In the column of imports a name means, in this order: a package of the same module, the
 * main package of the same module, or all packages of another module; {@code heap} means its two
 * public layers.
 */
final class Architecture {
  /**
   * A row.
   *
   * @param folder the folder of the module, or of several
   * @param part the last name of the package, empty for the main package
   * @param imports the names in the column of imports
   */
  record Layer(String folder, String part, List<String> imports) {
    @Override
    public String toString() {
      return part.isEmpty() ? folder : folder + "/…/" + part;
    }

    boolean in(String name) {
      return folder.equals(name) || folder.startsWith(name + "/");
    }
  }

  private static final String HEAP = "heap";
  private static final String INSIDE = "### Inside `heap/`";
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** The entries in the column of imports for a layer that imports no other. */
  private static final Set<String> NOTHING = Set.of("", "java.base", "C and Rust alone");

  private final List<Layer> layers = new ArrayList<>();
  private final Set<String> contract = new TreeSet<>();

  private Architecture() {}

  static Architecture read(Path file) throws IOException {
    return of(Files.readString(file));
  }

  static Architecture of(String text) {
    Architecture architecture = new Architecture();
    int inside = text.indexOf(INSIDE);
    text.substring(0, inside).lines().filter(l -> l.startsWith("| `")).forEach(architecture::row);
    text.substring(inside, text.indexOf("\n## ", inside))
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| layer "))
        .forEach(architecture::heapRow);
    return architecture;
  }

  private void row(String line) {
    List<String> cells = cells(line);
    List<String> names = quoted(cells.get(0));
    String folder = names.getFirst().replaceAll("/(…/.*)?$", "");
    for (String name : names) {
      boolean main = name.endsWith("/");
      String part = main ? "" : name.substring(name.lastIndexOf('/') + 1);
      if (!folder.equals(HEAP)) {
        layers.add(new Layer(folder, part, list(cells.get(2))));
      }
    }
  }

  private void heapRow(String line) {
    List<String> cells = cells(line);
    String name = cells.get(0);
    layers.add(new Layer(HEAP, name, list(cells.get(2))));
    if (name.equals("contract")) {
      contract.addAll(quoted(cells.get(1)));
    }
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.split("\\|", -1)) {
      cells.add(cell.strip());
    }
    return cells.subList(1, cells.size() - 1);
  }

  private static List<String> quoted(String cell) {
    return QUOTED.matcher(cell).results().map((MatchResult m) -> m.group(1)).toList();
  }

  private static List<String> list(String cell) {
    return NOTHING.contains(cell) ? List.of() : List.of(cell.split(", ", -1));
  }

  List<Layer> layers() {
    return layers;
  }

  /** Returns the layer of a class, or null if no row has it. */
  Layer of(String folder, String packageName, String className) {
    String last = packageName.substring(packageName.lastIndexOf('.') + 1);
    if (folder.equals(HEAP)) {
      boolean exported = packageName.equals("org.onemalloc");
      String doors = contract.contains(className) ? "contract" : "doors";
      return find(HEAP, exported ? doors : last);
    }
    Layer part = find(folder, last);
    return part != null ? part : find(folder, "");
  }

  private Layer find(String folder, String part) {
    for (Layer layer : layers) {
      boolean same = layer.folder.equals(folder) || folder.startsWith(layer.folder + "/");
      if (same && layer.part.equals(part)) {
        return layer;
      }
    }
    return null;
  }

  /** Returns the layers that each layer may import. */
  Map<Layer, Set<Layer>> imports() {
    Map<Layer, Set<Layer>> all = new LinkedHashMap<>();
    for (Layer layer : layers) {
      Set<Layer> allowed = new LinkedHashSet<>();
      layer.imports.forEach(name -> allowed.addAll(meaning(layer, name)));
      allowed.remove(layer);
      all.put(layer, allowed);
    }
    return all;
  }

  private List<Layer> meaning(Layer layer, String name) {
    if (name.equals("everything below")) {
      return layers.subList(layers.indexOf(layer) + 1, layers.size());
    }
    if (name.equals("heap's layers")) {
      return layers.stream().filter(other -> other.in(HEAP)).toList();
    }
    Layer part = layer.part.equals(name) ? null : find(layer.folder, name);
    if (part != null) {
      return List.of(part);
    }
    if (layer.folder.equals(name)) {
      return List.of(find(name, ""));
    }
    if (name.equals(HEAP)) {
      return List.of(find(HEAP, "doors"), find(HEAP, "contract"));
    }
    List<Layer> module = layers.stream().filter(other -> other.in(name)).toList();
    if (module.isEmpty()) {
      throw new IllegalStateException(
          "ARCHITECTURE.md: the row " + layer + " imports " + name + ", and there is no such row.");
    }
    return module;
  }
}
