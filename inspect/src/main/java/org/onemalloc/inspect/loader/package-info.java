/**
 * What the dynamic loader would do, predicted from files alone: which libraries a program gets, in
 * which scopes, and which definition each reference is bound to. Nothing is run.
 *
 * <p>{@link org.onemalloc.inspect.loader.DynamicLoader} stands for the loader of this machine and
 * keeps every file that it has read; {@link org.onemalloc.inspect.loader.Namespace} for one
 * process, which starts with a program and grows by dlopen(3).
 *
 * <p>The rules are glibc's (elf/dl-load.c, dl-deps.c, dl-lookup.c, dl-object.c, dl-open.c,
 * dl-sym.c), and where 2.42 changed one, those of the loader that the program asks for; or musl's
 * (ldso/dynlink.c, of 1.2), if it asks for that. {@code docs/inspect-loader.md} says how the model
 * is held to the real loader, and what it leaves out.
 *
 * <p>Null arguments throw {@link NullPointerException}. Records are immutable; the classes here are
 * not thread-safe.
 */
package org.onemalloc.inspect.loader;
