package org.onemalloc.inspect.loader;

import java.util.Optional;

/**
 * A reference and what it is bound to.
 *
 * @param from the object that refers
 * @param reference what it refers to
 * @param provider the definition; empty if there is none, which is no fault of a weak reference
 */
public record Binding(LoadedObject from, Reference reference, Optional<Definition> provider) {}
