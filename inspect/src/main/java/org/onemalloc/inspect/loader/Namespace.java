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
 * A process as the dynamic loader sees it: the objects loaded into it, the scopes they look symbols
 * up in, and what each reference is bound to. Made by {@link DynamicLoader#start}; grows by {@link
 * #dlopen}.
 *
 * <p>Methods that look symbols up throw {@link org.onemalloc.objectfile.ObjectFileException} if a
 * file's symbols or relocations turn out to be malformed. Not thread-safe.
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
    this.program = new LoadedObject(name, file, null);
    this.loader = new LoadedObject(interpreter.path(), interpreter.file(), null);
    this.resolver = new Resolver(interpreter.rules(), program);
    loaded.add(program);
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
   * The program.
   *
   * @return the first of {@link #objects()}
   */
  public LoadedObject program() {
    return program;
  }

  /**
   * Everything loaded, in the order of loading: the program, what was preloaded, what they need
   * breadth first, then what was opened later. The loader itself is there if something needs it.
   *
   * @return a copy
   */
  public List<LoadedObject> objects() {
    boolean loaderIsNeeded =
        loaded.stream().anyMatch(object -> object.own.objects().contains(loader));
    return loaded.stream().filter(object -> object != loader || loaderIsNeeded).toList();
  }

  /**
   * The global scope, which every object's references are looked up in first (but for DT_SYMBOLIC
   * and RTLD_DEEPBIND), in its order.
   *
   * @return a copy
   */
  public List<LoadedObject> globalScope() {
    return program.own.now();
  }

  /**
   * Finds a loaded object.
   *
   * @param name its SONAME, or the name it was asked for by, or its path as the loader has it
   * @return empty if none of that name is loaded
   */
  public Optional<LoadedObject> find(String name) {
    return loaded.stream().filter(object -> object.isCalled(name)).findFirst();
  }

  /**
   * What could not be loaded. A real start would end at the first that is fatal; here it goes on
   * without it.
   *
   * @return a copy, in the order of discovery
   */
  public List<MissingLibrary> missing() {
    return List.copyOf(missing);
  }

  /**
   * What every reference is bound to when its object is loaded, as with LD_BIND_NOW or RTLD_NOW.
   * The references of glibc's loader are left out: it binds them by rules of its own.
   *
   * @return object by object in the order of {@link #objects()}
   */
  public List<Binding> bindings() {
    return bindings(symbol -> true);
  }

  /**
   * As {@link #bindings()}, of some symbols only, which is much faster for few of them.
   *
   * @param symbols which names
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
   * What an object's references are bound to when it is loaded.
   *
   * @param object one of this namespace
   * @return in the order of {@link LoadedObject#references()}
   */
  public List<Binding> bindings(LoadedObject object) {
    return bindings(object, symbol -> true);
  }

  /**
   * What some of an object's references are bound to when it is loaded.
   *
   * @param object one of this namespace
   * @param symbols which names
   * @return in the order of {@link LoadedObject#references()}
   */
  public List<Binding> bindings(LoadedObject object, Predicate<String> symbols) {
    return bindsItself(object) ? List.of() : resolver.bindings(object, object.boundIn, symbols);
  }

  /**
   * What an object's calls would be bound to if each were made for the first time now (RTLD_LAZY):
   * objects that joined the global scope since it was loaded are seen too.
   *
   * @param object one of this namespace
   * @param symbols which names
   * @return of references of kind {@link Reference.Kind#CALL} alone
   */
  public List<Binding> lazyBindings(LoadedObject object, Predicate<String> symbols) {
    return bindsItself(object)
        ? List.of()
        : resolver.bindings(object, linking.lazyScopes(object), symbols).stream()
            .filter(binding -> binding.reference().kind() == Reference.Kind.CALL)
            .toList();
  }

  /** musl's loader is its C library too, and bound as all others are. */
  private boolean bindsItself(LoadedObject object) {
    return object == loader && !isMusl();
  }

  /**
   * Opens a library as dlopen(3) does when the program calls it.
   *
   * @param library a path
   * @param flags RTLD_GLOBAL and the like
   * @return the handle; empty if it or something it needs cannot be loaded, see {@link #missing()}
   */
  public Optional<LoadedObject> dlopen(Path library, OpenFlag... flags) {
    return dlopen(library.toString(), program, flags);
  }

  /**
   * Opens a library as dlopen(3) does.
   *
   * @param name a path if it has a slash, else a name to search for
   * @param caller whose code calls dlopen: its RPATH or RUNPATH counts
   * @param flags RTLD_GLOBAL and the like
   * @return the handle, that of the object which was there already if there was one; empty if it or
   *     something it needs cannot be loaded, see {@link #missing()}
   */
  public Optional<LoadedObject> dlopen(String name, LoadedObject caller, OpenFlag... flags) {
    Set<OpenFlag> set = EnumSet.noneOf(OpenFlag.class);
    Collections.addAll(set, flags);
    return Optional.ofNullable(linking.open(name, caller, set));
  }

  /**
   * Looks a symbol up by a handle: in the object and what it needs, not in the global scope, unless
   * the handle is that of the program (dlopen of null), whose list is the global scope.
   *
   * @param handle what {@link #dlopen} returned, or the program
   * @param symbol the name; of several versions the newest is taken
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
    return resolver.byName(symbol, version, List.of(handle.own.now()));
  }

  /**
   * Looks a symbol up with RTLD_DEFAULT: where the caller's own references are looked up.
   *
   * @param caller whose code calls dlsym
   * @param symbol the name
   * @return empty if there is none
   */
  public Optional<Definition> dlsymDefault(LoadedObject caller, String symbol) {
    return resolver.byName(symbol, "", Scopes.now(caller));
  }

  /**
   * Looks a symbol up with RTLD_NEXT: after the caller in the list that it was loaded with.
   *
   * @param caller whose code calls dlsym
   * @param symbol the name
   * @return empty if there is none
   */
  public Optional<Definition> dlsymNext(LoadedObject caller, String symbol) {
    return resolver.byName(symbol, "", List.of(linking.behind(caller)));
  }

  /**
   * Follows a canonical PLT entry to the function that it leads to, which is what its executable's
   * own call is bound to.
   *
   * @param definition any
   * @return the same unless {@link Definition#isCanonicalPlt()}; empty if it leads nowhere
   */
  public Optional<Definition> implementation(Definition definition) {
    return definition.isCanonicalPlt() ? resolver.behind(definition) : Optional.of(definition);
  }

  /**
   * Whether musl's loader is the process's, with its different rules.
   *
   * @return false for glibc
   */
  public boolean isMusl() {
    return !interpreter.rules().isGlibc();
  }
}
