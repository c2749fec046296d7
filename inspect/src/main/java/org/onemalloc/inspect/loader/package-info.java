/**
 * Predicts from files what the dynamic loader does: which libraries a program gets, in which
 * scopes, and which definition each reference is bound to. Nothing is run.
 *
 * <p>Terms: the <em>loader</em> is the dynamic loader, ld.so; the <em>requester</em> of a library
 * is the object whose DT_NEEDED or dlopen asks for it; the <em>search list</em> of an object is
 * glibc's l_searchlist, the object and all that it needs, breadth first.
 *
 * <p>{@link org.onemalloc.inspect.loader.DynamicLoader} stands for the loader of this machine and
 * keeps every file that it has read; {@link org.onemalloc.inspect.loader.Namespace} for one
 * process, which starts with a program and grows by dlopen(3).
 *
 * <p>The rules are glibc's (elf/dl-load.c, dl-deps.c, dl-lookup.c, dl-object.c, dl-open.c,
 * dl-sym.c), and where 2.42 changed one, those of the loader that the program names; or musl's
 * (ldso/dynlink.c, of 1.2), if the program names that. {@code docs/inspect-loader.md} says how the
 * model is compared with the real loader, and what it does not cover.
 *
 * <p>Null arguments throw {@link NullPointerException}. Records are immutable; the classes here are
 * not thread-safe.
 */
package org.onemalloc.inspect.loader;
