package org.onemalloc.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What a manifest of docs/recipes.md says of its pod: of a pod itself, of a resource with a
 * template of pods, of the values of a chart, or of a resource of an operator.
 *
 * @param volumes the names of the directories that the containers share
 * @param user the user of all processes
 */
record PodManifest(List<String> volumes, List<Container> first, Container main, int user) {

  /**
   * A container.
   *
   * @param command empty for that of the image
   * @param mounts names of volumes, by the paths at which they are mounted
   * @param probes the commands of its probes
   */
  record Container(
      String image,
      List<String> command,
      Map<String, String> environment,
      Map<String, String> mounts,
      List<List<String>> probes) {}

  static PodManifest of(String yaml) {
    Node root = new Node((Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(yaml));
    return switch (root.text("kind")) {
      case "Pod" -> ofPod(root.in("spec"), new Node(Map.of()));
      case "Deployment", "StatefulSet" ->
          ofPod(root.in("spec").in("template").in("spec"), new Node(Map.of()));
      case "FlinkDeployment" ->
          ofPod(
              root.in("spec").in("podTemplate").in("spec"),
              root.in("spec").in("flinkConfiguration"));
      case "Kafka" -> {
        Node kafka = root.in("spec").in("kafka");
        Node container = kafka.in("template").in("kafkaContainer");
        yield new PodManifest(List.of(), List.of(), container(container, kafka.text("image")), 0);
      }
      default -> ofChart(root);
    };
  }

  private static PodManifest ofPod(Node pod, Node settings) {
    Container main = container(pod.list("containers").getFirst(), "");
    main.environment.put("FLINK_JAVA_OPTS", settings.text("env.java.opts.taskmanager"));
    String user = pod.in("securityContext").text("runAsUser");
    return new PodManifest(
        pod.list("volumes").stream().map(each -> each.text("name")).toList(),
        containers(pod, "initContainers"),
        main,
        user.isEmpty() ? 0 : Integer.parseInt(user));
  }

  /** The values of a chart, whose names differ from chart to chart. */
  private static PodManifest ofChart(Node values) {
    List<Container> first = containers(values, "initContainers");
    first.addAll(containers(values, "extraInitContainers"));
    Map<String, String> environment = named(values, "extraEnvVars", "value");
    environment.putAll(named(values, "extraEnvs", "value"));
    environment.put("OPENSEARCH_JAVA_OPTS", values.text("opensearchJavaOpts"));
    environment.put("CATALINA_OPTS", values.text("catalinaOpts"));
    Map<String, String> mounts = mounts(values, "extraVolumeMounts");
    return new PodManifest(
        values.list("extraVolumes").stream().map(each -> each.text("name")).toList(),
        first,
        new Container("", List.of(), environment, mounts, List.of()),
        0);
  }

  private static List<Container> containers(Node parent, String key) {
    return new ArrayList<>(parent.list(key).stream().map(each -> container(each, "")).toList());
  }

  private static Container container(Node node, String image) {
    List<List<String>> probes = new ArrayList<>();
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      List<String> command = node.in(probe).in("exec").texts("command");
      if (!command.isEmpty()) {
        probes.add(command);
      }
    }
    return new Container(
        node.text("image") + image,
        node.texts("command"),
        named(node, "env", "value"),
        mounts(node, "volumeMounts"),
        probes);
  }

  private static Map<String, String> mounts(Node node, String key) {
    Map<String, String> mounts = new LinkedHashMap<>();
    node.list(key).forEach(each -> mounts.put(each.text("mountPath"), each.text("name")));
    return mounts;
  }

  private static Map<String, String> named(Node node, String key, String value) {
    Map<String, String> named = new LinkedHashMap<>();
    node.list(key).forEach(each -> named.put(each.text("name"), each.text(value)));
    return named;
  }

  /** A mapping of the YAML; what it lacks is empty. */
  private record Node(Map<?, ?> values) {
    Node in(String key) {
      return values.get(key) instanceof Map<?, ?> map ? new Node(map) : new Node(Map.of());
    }

    String text(String key) {
      Object value = values.get(key);
      return value == null ? "" : value.toString();
    }

    List<Node> list(String key) {
      List<Node> nodes = new ArrayList<>();
      if (values.get(key) instanceof List<?> list) {
        list.forEach(each -> nodes.add(new Node((Map<?, ?>) each)));
      }
      return nodes;
    }

    List<String> texts(String key) {
      return values.get(key) instanceof List<?> list
          ? list.stream().map(Object::toString).toList()
          : List.of();
    }
  }
}
