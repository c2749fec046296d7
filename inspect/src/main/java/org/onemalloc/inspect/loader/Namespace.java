package org.onemalloc.inspect.loader;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A process as the dynamic loader sees it: the loaded objects, the scopes in which their symbols
 * are looked up, and what each reference is bound to. It is made by {@link DynamicLoader#start} and
 * grows by {@link #dlopen}.
 *
 * <p>Methods that look symbols up throw {@link org.onemalloc.objectfile.ObjectFileException} if a
 * file's symbols or relocations are malformed. Not thread-safe.
 */
public final class Namespace {
  private final Interpreter interpreter;
  private final LoadedObject program;
  private final LoadedObject loader;
  private final List<LoadedObject> loaded = new ArrayList<>();
  private final List<MissingLibrary> missing = new ArrayList<>();
  private final Linking linking;
  private final Resolver resolver;

  Namespace(
      DynamicLoader machine,
      String name,
      SharedFile file,
      List<String> preloads,
      Map<String, String> environment) {
    this.interpreter = machine.interpreter(file.elf());
    this.program = new LoadedObject(name, file);
    this.loader = new LoadedObject(interpreter.path(), interpreter.file());
    this.resolver = new Resolver(interpreter.rules(), program);
    loaded.add(program);
    if (machine.mayBeElsewhere() && !machine.has(interpreter.path())) {
      missing.add(MissingLibrary.absent(interpreter.path(), name, false));
    }
    this.linking =
        interpreter.rules().isGlibc()
            ? new GlibcLinking(machine, interpreter, loader, loaded, missing, resolver, environment)
            : new MuslLinking(machine, interpreter, loader, loaded, missing, environment);
    List<String> names = new ArrayList<>(preloads);
    String fromEnvironment = environment.getOrDefault("LD_PRELOAD", "");
    Arrays.stream(fromEnvironment.split("[ :]", -1)).filter(s -> !s.isEmpty()).forEach(names::add);
    linking.start(names);
  }

  /**
   * Returns the program.
   *
   * @return the first of {@link #objects()}
   */
  public LoadedObject program() {
    return program;
  }

  /**
   * Returns all loaded objects, in the order of loading: the program, what was preloaded, what they
   * need breadth first, then what was opened later. The loader itself is among them if something
   * needs it.
   *
   * @return a copy
   */
  public List<LoadedObject> objects() {
    boolean loaderIsNeeded =
        loaded.stream().anyMatch(object -> object.searchList.objects().contains(loader));
    return loaded.stream().filter(object -> object != loader || loaderIsNeeded).toList();
  }

  /**
   * Returns the global scope, in order. Every object's references are looked up in it first, except
   * with DT_SYMBOLIC and RTLD_DEEPBIND.
   *
   * @return a copy
   */
  public List<LoadedObject> globalScope() {
    return program.searchList.now();
  }

  /**
   * Finds a loaded object.
   *
   * @param name its SONAME, or the name by which it was requested, or its path as the loader has it
   * @return the object; empty if none of that name is loaded
   */
  public Optional<LoadedObject> find(String name) {
    return loaded.stream().filter(object -> object.isCalled(name)).findFirst();
  }

  /**
   * Returns what could not be loaded. A real start would end at the first that is fatal; the model
   * continues without it.
   *
   * @return a copy, in the order of discovery
   */
  public List<MissingLibrary> missing() {
    return List.copyOf(missing);
  }

  /**
   * Returns what every reference is bound to when its object is loaded, as with LD_BIND_NOW or
   * RTLD_NOW. The references of glibc's loader are omitted: it binds them by rules of their own.
   *
   * @return object by object in the order of {@link #objects()}
   */
  public List<Binding> bindings() {
    return bindings(symbol -> true);
  }

  /**
   * Returns {@link #bindings()} of some symbols only, which is much faster for a few symbols.
   *
   * @param symbols accepts the names of the symbols
   * @return object by object in the order of {@link #objects()}
   */
  public List<Binding> bindings(Predicate<String> symbols) {
    List<Binding> bindings = new ArrayList<>();
    for (LoadedObject object : objects()) {
      bindings.addAll(bindings(object, symbols));
    }
    return bindings;
  }

  /**
   * Returns what an object's references are bound to when it is loaded.
   *
   * @param object one of this namespace
   * @return in the order of {@link LoadedObject#references()}
   */
  public List<Binding> bindings(LoadedObject object) {
    return bindings(object, symbol -> true);
  }

  /**
   * Returns what some of an object's references are bound to when it is loaded.
   *
   * @param object one of this namespace
   * @param symbols accepts the names of the symbols
   * @return in the order of {@link LoadedObject#references()}
   */
  public List<Binding> bindings(LoadedObject object, Predicate<String> symbols) {
    return bindsItself(object) ? List.of() : resolver.bindings(object, object.boundIn(), symbols);
  }

  /**
   * Returns what an object's calls would be bound to if each were first made now (RTLD_LAZY), so
   * that objects that have joined the global scope since it was loaded count too.
   *
   * @param object one of this namespace
   * @param symbols accepts the names of the symbols
   * @return bindings of references of kind {@link Reference.Kind#CALL} only
   */
  public List<Binding> lazyBindings(LoadedObject object, Predicate<String> symbols) {
    return bindsItself(object)
        ? List.of()
        : resolver.bindings(object, linking.lazyScopes(object), symbols).stream()
            .filter(binding -> binding.reference().kind() == Reference.Kind.CALL)
            .toList();
  }

  /**
   * Returns whether it is glibc's loader, which binds itself. musl's loader is also its C library,
   * and is bound as all others are.
   */
  private boolean bindsItself(LoadedObject object) {
    return object == loader && !isMusl();
  }

  /**
   * Opens a library as dlopen(3) does when the program calls it.
   *
   * @param library a path
   * @param flags RTLD_GLOBAL and the like
   * @return the handle; empty if the library or something that it needs cannot be loaded, see
   *     {@link #missing()}
   */
  public Optional<LoadedObject> dlopen(Path library, OpenFlag... flags) {
    return dlopen(library.toString(), program, flags);
  }

  /**
   * Opens a library as dlopen(3) does.
   *
   * @param name a path if it has a slash, otherwise a name to search for
   * @param caller the object whose code calls dlopen: its RPATH or RUNPATH is searched
   * @param flags RTLD_GLOBAL and the like
   * @return the handle, which is that of the existing object if the library is already loaded;
   *     empty if it or something that it needs cannot be loaded, see {@link #missing()}
   */
  public Optional<LoadedObject> dlopen(String name, LoadedObject caller, OpenFlag... flags) {
    Set<OpenFlag> set = EnumSet.noneOf(OpenFlag.class);
    Collections.addAll(set, flags);
    return Optional.ofNullable(linking.open(name, caller, set));
  }

  /**
   * Looks a symbol up by a handle: in the object and what it needs, not in the global scope, unless
   * the handle is that of the program (dlopen of null), whose search list is the global scope.
   *
   * @param handle what {@link #dlopen} returned, or the program
   * @param symbol the name; of several versions the newest is found
   * @return empty if there is none
   */
  public Optional<Definition> dlsym(LoadedObject handle, String symbol) {
    return dlvsym(handle, symbol, "");
  }

  /**
   * Looks a symbol of a version up by a handle.
   *
   * @param handle what {@link #dlopen} returned, or the program
   * @param symbol the name
   * @param version such as {@code GLIBC_2.2.5}; empty for dlsym
   * @return empty if there is none
   */
  public Optional<Definition> dlvsym(LoadedObject handle, String symbol, String version) {
    return resolver.byName(symbol, version, List.of(handle.searchList.now()));
  }

  /**
   * Looks a symbol up with RTLD_DEFAULT, in the scopes of the caller's own references.
   *
   * @param caller the object whose code calls dlsym
   * @param symbol the name
   * @return empty if there is none
   */
  public Optional<Definition> dlsymDefault(LoadedObject caller, String symbol) {
    return resolver.byName(symbol, "", Scopes.now(caller));
  }

  /**
   * Looks a symbol up with RTLD_NEXT: after the caller in the list that it was loaded with.
   *
   * @param caller the object whose code calls dlsym
   * @param symbol the name
   * @return empty if there is none
   */
  public Optional<Definition> dlsymNext(LoadedObject caller, String symbol) {
    return resolver.byName(symbol, "", List.of(linking.after(caller)));
  }

  /**
   * Follows a canonical PLT entry to its function, to which the executable's own call is bound.
   *
   * @param definition any
   * @return the definition itself unless {@link Definition#isCanonicalPlt()}; empty if the entry
   *     leads nowhere
   */
  public Optional<Definition> implementation(Definition definition) {
    return definition.isCanonicalPlt() ? resolver.target(definition) : Optional.of(definition);
  }

  /**
   * Returns whether the process has musl's loader, with its different rules.
   *
   * @return false for glibc
   */
  public boolean isMusl() {
    return !interpreter.rules().isGlibc();
  }
}
