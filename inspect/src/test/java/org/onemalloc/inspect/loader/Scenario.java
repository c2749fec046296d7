package org.onemalloc.inspect.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A C program with its libraries, and what it does step by step. What the model says of each step
 * and of every binding is put down first; then the program is built, run, and asked.
 */
final class Scenario {
  static final String RPATH = "-Wl,--disable-new-dtags,-rpath,";
  static final String RUNPATH = "-Wl,--enable-new-dtags,-rpath,";

  /** Functions for {@link #next} and {@link #defaultOf}. */
  static final String LOOKUPS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      void *next_f(void) { return dlsym(RTLD_NEXT, "f"); }
      void *default_f(void) { return dlsym(RTLD_DEFAULT, "f"); }
      """;

  private static final String DRIVER =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #ifndef __GLIBC__
      #define dlvsym(handle, name, version) dlsym(handle, name)
      #endif
      static void say(void *address) {
        Dl_info info;
        puts(address == NULL ? "none" : dladdr(address, &info) ? info.dli_fname : "unknown");
      }
      int main(int count, char **words) {
        void *handles[16] = {dlopen(NULL, RTLD_NOW)};
        int opened = 1;
        for (int i = 1; i < count; i += 4) {
          char *step = words[i], *name = words[i + 2], *more = words[i + 3];
          void *handle = handles[atoi(words[i + 1])];
          if (!strcmp(step, "open")) {
            handles[opened] = dlopen(name, atoi(more));
            puts(handles[opened++] == NULL ? "not opened" : "opened");
          } else if (!strcmp(step, "sym")) {
            say(*more ? dlvsym(handle, name, more) : dlsym(handle, name));
          } else if (!strcmp(step, "default")) {
            say(dlsym(RTLD_DEFAULT, name));
          } else {
            say(((void *(*)(void)) dlsym(handle, name))());
          }
        }
        return 0;
      }
      """;

  /** The loader's own: the kernel's vDSO, and the four that it takes for itself. */
  private static final List<String> LOADERS_OWN = List.of("malloc", "calloc", "realloc", "free");

  private final Path folder;
  private final String compiler;
  private final Map<String, String> environment = new HashMap<>();
  private final List<List<String>> steps = new ArrayList<>();
  private final List<String> answers = new ArrayList<>();
  private final Map<String, List<String>> looked = new HashMap<>();
  private final List<LoadedObject> handles = new ArrayList<>();
  private Namespace model;

  Scenario(Path folder) {
    this(folder, "cc");
  }

  private Scenario(Path folder, String compiler) {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "why: not Linux");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", compiler)), "why: " + compiler + " is missing");
    this.folder = folder;
    this.compiler = compiler;
    environment.put("LD_LIBRARY_PATH", folder.toString());
  }

  /** One built for musl and run by its loader, which prints no bindings: answers are compared. */
  static Scenario ofMusl(Path folder) {
    return new Scenario(folder, "musl-gcc");
  }

  /** C code of functions and variables that each tell where they are. */
  static String define(String... functions) {
    StringBuilder code = new StringBuilder();
    for (String name : functions) {
      code.append("static int at_%1$s; void *%1$s(void) { return &at_%1$s; }\n".formatted(name));
    }
    return code.toString();
  }

  /** C code of a function {@code use_NAME} that calls NAME. */
  static String use(String... functions) {
    StringBuilder code = new StringBuilder();
    for (String name : functions) {
      code.append(
          "extern void *%1$s(void); void *use_%1$s(void) { return %1$s(); }\n".formatted(name));
    }
    return code.toString();
  }

  Scenario environment(String name, String value) {
    environment.put(name, value.replace("FOLDER", folder.toString()));
    return this;
  }

  Scenario without(String name) {
    environment.remove(name);
    return this;
  }

  /** Builds a library; other libraries are options such as {@code libb.so}. */
  Scenario library(String name, String code, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("-shared", "-fPIC"));
    if (List.of(options).stream().noneMatch(option -> option.contains("-soname"))) {
      all.add("-Wl,-soname," + Path.of(name).getFileName());
    }
    all.addAll(List.of(options));
    return build(name, code, all);
  }

  /** Builds the program, the driver with more code; then the model starts it. */
  Scenario program(String code, String... options) throws Exception {
    build("program", DRIVER + code, new ArrayList<>(List.of(options)));
    model = DynamicLoader.ofThisMachine().start(folder.resolve("program"), environment);
    handles.add(model.program());
    return this;
  }

  private Scenario build(String name, String code, List<String> options) throws Exception {
    Path output = folder.resolve(name);
    Files.createDirectories(output.getParent());
    Path source = Files.writeString(folder.resolve(output.getFileName() + ".c"), code);
    List<String> command = new ArrayList<>(List.of(compiler, "-O1", "-fno-builtin", "-fno-inline"));
    command.addAll(List.of("-Wl,--no-as-needed,--allow-shlib-undefined"));
    command.addAll(List.of("-o", output.toString(), source.toString()));
    options.forEach(option -> command.add(option.replace("FOLDER", folder.toString())));
    succeed(command, "");
    return this;
  }

  Namespace model() {
    return model;
  }

  /** Opens a library; its handle is the number of those opened before, the program being 0. */
  Scenario open(String name, OpenFlag... flags) {
    return openWith(2, name, flags);
  }

  /** Opens a library with RTLD_LAZY; leave LD_BIND_NOW away to see it matter. */
  Scenario openLazily(String name, OpenFlag... flags) {
    return openWith(1, name, flags);
  }

  private Scenario openWith(int mode, String name, OpenFlag... flags) {
    String path = name.replace("FOLDER", folder.toString());
    int bits = mode;
    for (OpenFlag flag : flags) {
      bits |= flag == OpenFlag.GLOBAL ? 0x100 : 8;
    }
    Optional<LoadedObject> opened = model.dlopen(path, model.program(), flags);
    handles.add(opened.orElse(null));
    answers.add(opened.isPresent() ? "opened" : "not opened");
    steps.add(List.of("open", "0", path, Integer.toString(bits)));
    return this;
  }

  Scenario sym(int handle, String symbol) {
    return sym(handle, symbol, "");
  }

  Scenario sym(int handle, String symbol, String version) {
    LoadedObject object = handles.get(handle);
    answer(object, symbol, version, model.dlvsym(object, symbol, version));
    steps.add(List.of("sym", Integer.toString(handle), symbol, version));
    return this;
  }

  Scenario symDefault(String symbol) {
    answer(model.program(), symbol, "", model.dlsymDefault(model.program(), symbol));
    steps.add(List.of("default", "0", symbol, ""));
    return this;
  }

  /** Calls {@code use_SYMBOL} by a handle. */
  Scenario call(int handle, String symbol) {
    LoadedObject user = user(handle, "use_" + symbol);
    return called(model.bindings(user, symbol::equals));
  }

  /** Calls {@code use_SYMBOL} by a handle, where that call is bound only now. */
  Scenario callLazily(int handle, String symbol) {
    LoadedObject user = user(handle, "use_" + symbol);
    return called(model.lazyBindings(user, symbol::equals));
  }

  private Scenario called(List<Binding> bindings) {
    answers.add(
        bindings
            .getFirst()
            .provider()
            .flatMap(model::implementation)
            .orElseThrow()
            .object()
            .name());
    return this;
  }

  /** Calls {@code next_SYMBOL} by a handle, which asks for SYMBOL with RTLD_NEXT. */
  Scenario next(int handle, String symbol) {
    LoadedObject user = user(handle, "next_" + symbol);
    answer(user, symbol, "", model.dlsymNext(user, symbol));
    return this;
  }

  /** Calls {@code default_SYMBOL} by a handle, which asks for SYMBOL with RTLD_DEFAULT. */
  Scenario defaultOf(int handle, String symbol) {
    LoadedObject user = user(handle, "default_" + symbol);
    answer(user, symbol, "", model.dlsymDefault(user, symbol));
    return this;
  }

  private LoadedObject user(int handle, String function) {
    Optional<Definition> user = model.dlsym(handles.get(handle), function);
    looked(handles.get(handle), function, "", user);
    steps.add(List.of("call", Integer.toString(handle), function, ""));
    return user.orElseThrow().object();
  }

  private void answer(LoadedObject by, String symbol, String version, Optional<Definition> found) {
    answers.add(found.map(definition -> definition.object().name()).orElse("none"));
    looked(by, symbol, version, found);
  }

  private void looked(LoadedObject by, String symbol, String version, Optional<Definition> found) {
    found.ifPresent(d -> add(looked, by.name(), symbol, version, d.object().name()));
  }

  private static void add(
      Map<String, List<String>> all, String from, String symbol, String version, String to) {
    List<String> known =
        all.computeIfAbsent(from + " " + symbol + " " + version, key -> new ArrayList<>());
    if (!known.contains(to)) {
      known.add(to);
      known.sort(null);
    }
  }

  /** The providers of a symbol that an object refers to, by file name: what the test is about. */
  String provider(String from, String symbol) {
    LoadedObject object = model.find(from).orElse(model.program());
    return model.bindings(object, symbol::equals).stream()
        .map(binding -> binding.provider().map(d -> fileName(d.object())).orElse("none"))
        .distinct()
        .reduce((one, other) -> one + "," + other)
        .orElse("no reference");
  }

  private static String fileName(LoadedObject object) {
    return object.path().getFileName().toString();
  }

  /** Runs the program; every answer and every binding must be as the model said. */
  void holds() throws Exception {
    Map<String, List<String>> predicted = new TreeMap<>(looked);
    for (Binding binding : model.bindings()) {
      binding
          .provider()
          .ifPresent(
              to ->
                  add(
                      predicted,
                      binding.from().name(),
                      binding.reference().symbol(),
                      binding.reference().version(),
                      to.object().name()));
    }
    environment.put("LD_BIND_NOW", "1");
    assertEquals(answers, run(), "what the steps said");
    assertEquals(text(predicted), text(actual(predicted)), "what the loader bound");
  }

  /** Runs the program without LD_BIND_NOW; every answer must be as the model said. */
  void answersHold() throws Exception {
    assertEquals(answers, run(), "what the steps said");
  }

  /** What musl's loader lists, in its order, must be what the model has loaded. */
  void listHolds() throws Exception {
    List<String> command =
        List.of("/lib/ld-musl-x86_64.so.1", "--list", folder.resolve("program").toString());
    List<String> listed =
        succeed(command, "loader")
            .lines()
            .filter(line -> line.contains("=>"))
            .map(line -> line.substring(line.indexOf("=> ") + 3, line.lastIndexOf(" (")))
            .distinct()
            .toList();
    List<String> predicted = model.objects().stream().map(LoadedObject::name).skip(1).toList();
    assertEquals(predicted, listed, "what the loader listed");
  }

  private List<String> run() throws Exception {
    List<String> command = new ArrayList<>(List.of(folder.resolve("program").toString()));
    steps.forEach(command::addAll);
    environment.put("LD_DEBUG", "bindings");
    return succeed(command, "loader").lines().toList();
  }

  private Map<String, List<String>> actual(Map<String, List<String>> predicted) throws IOException {
    Map<String, List<String>> actual = new TreeMap<>();
    String program = model.program().name();
    for (String line : Files.readAllLines(folder.resolve("loader"))) {
      LdSoLine.parse(line)
          .filter(b -> !b.from().contains("/ld-linux") && !b.from().startsWith("linux-vdso"))
          .filter(
              b ->
                  !(b.from().equals(program)
                      && LOADERS_OWN.contains(b.symbol())
                      && !predicted.containsKey(b.key())))
          .ifPresent(b -> add(actual, b.from(), b.symbol(), b.version(), b.to()));
    }
    return actual;
  }

  private static String text(Map<String, List<String>> bindings) {
    StringBuilder text = new StringBuilder();
    bindings.forEach((key, to) -> text.append(key).append(" -> ").append(to).append('\n'));
    return text.toString();
  }

  private String succeed(List<String> command, String errors) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Path log = folder.resolve(errors.isEmpty() ? "cc.log" : errors);
    Path output = folder.resolve("output");
    if (!errors.isEmpty()) {
      builder.environment().clear();
      builder.environment().putAll(environment);
    }
    builder.redirectError(log.toFile()).redirectOutput(output.toFile());
    int status = builder.start().waitFor();
    String said = Files.readString(output);
    assertEquals(0, status, () -> command + "\n" + said + tail(log));
    return said;
  }

  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
