package org.onemalloc.inspect.loader;

/**
 * Flags of dlopen(3) that change what binds to what. Without {@link #GLOBAL} the object is
 * RTLD_LOCAL. RTLD_LAZY and RTLD_NOW decide when a call is bound: for RTLD_NOW use {@link
 * Namespace#bindings(LoadedObject)}, for RTLD_LAZY {@link Namespace#lazyBindings}.
 */
public enum OpenFlag {
  /** RTLD_GLOBAL: the object and its dependencies join the global scope. */
  GLOBAL,
  /** RTLD_DEEPBIND: the object's own dependencies come before the global scope. */
  DEEPBIND
}
