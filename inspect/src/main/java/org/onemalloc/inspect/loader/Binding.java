package org.onemalloc.inspect.loader;

import java.util.Optional;

/**
 * A reference and the definition that it is bound to.
 *
 * @param from the object that refers
 * @param reference the symbol that it refers to
 * @param provider the definition; empty if there is none, which a weak reference allows
 */
public record Binding(LoadedObject from, Reference reference, Optional<Definition> provider) {}
