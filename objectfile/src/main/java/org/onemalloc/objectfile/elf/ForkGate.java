package org.onemalloc.objectfile.elf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Lets a process fork while its threads are in a library with locks: the child gets every mutex of
 * the library free, and what the mutexes protect is complete.
 *
 * <p>A child has only the thread that forked. A mutex that another thread held stays locked in the
 * child for ever, unless the library registers handlers with {@code pthread_atfork}. glibc's malloc
 * and jemalloc do; mimalloc 3 does not.
 *
 * <p>The library's calls of pthread_mutex_lock, trylock and unlock go through a gate, which counts
 * the mutexes that threads hold or wait for. The handler that runs before a fork waits until the
 * count is 0 and closes the gate; the handlers after it open the gate in the parent and in the
 * child. No mutex has to be known, and none is held twice or in another order than before.
 */
/*
 * Design note. The state is at the end of .bss:
 *
 * - gate, 32 bits: the count; the highest bit is set while the gate is closed. A thread that finds
 *   it closed takes back its count and sleeps for 50 microseconds at a time; trylock says busy. The
 *   bit below says that the closed gate lets threads in.
 * - registered, 32 bits: 1 when the handlers are registered.
 * - owner, 64 bits: the thread pointer of the thread that forks or waits to. That thread passes
 *   uncounted, because handlers that were registered earlier run after ours and may allocate. A
 *   thread that comes to the gate while another waits for the count of 0 sleeps once before it
 *   enters. So the count falls to 0 even if threads take mutexes all the time, and a thread that
 *   takes its second mutex can still enter.
 *
 * unlock counts down after the mutex is free, and lock counts up before it is taken. Therefore a
 * count of 0 means that all mutexes are free.
 *
 * The handler before a fork waits for at most 20,000 sleeps, a little more than a second, and then
 * lets the program fork without it. It would wait for ever for a thread that forks in a signal
 * handler which interrupted its own call of malloc. Such a child is as without the gate, and it
 * keeps the count, because it may still unlock what it holds.
 *
 * A thread waits at the closed gate for at most 1,000 sleeps, a little more than a tenth of a
 * second, and then lets itself and all others in, until this fork is over. It would stand still
 * for ever, and the fork with it, if the fork needs a lock that the thread holds: after our
 * handler come those that were registered earlier, and glibc's own locks of streams and of the
 * name service. A thread that is let in is counted as ever. The parent's handler opens the gate
 * and keeps the count, so the next fork waits for these threads. The child's handler sets the
 * count to 0, because the thread that forked held nothing when the gate was closed, and is not
 * counted since; what another thread held stays locked in this child, as without the gate. A
 * thread waits once for each fork, and then sleeps once for each mutex: the bit is for all threads
 * and all mutexes, and for trylock, whose caller might else try for ever with a lock held that the
 * fork needs. It is set by a thread that is counted and only while the gate is closed, so it never
 * stays from one fork to the next.
 *
 * The kernel may take longer than this limit to copy a process of many gigabytes, and a thread that
 * came in meanwhile would be half copied. So each sleep ends with a madvise of no effect, which
 * waits while the kernel copies: it needs the same lock (Linux, mm/madvise.c, mmap_lock).
 *
 * The handlers are registered after the first call of the library's initialiser, that is at the
 * first malloc of the process: handlers before a fork run in the reverse order of registration, and
 * those of other libraries may take their own locks, call malloc, or wait for threads that do
 * (OpenBLAS joins its threads). A library whose constructor registers handlers before any malloc is
 * still earlier. __register_atfork is glibc's function behind pthread_atfork on every version;
 * glibc exports pthread_atfork itself to no new program, and musl exports that alone. Both become
 * weak references in place of two that every GNU-linked library has for transactional memory and
 * never uses. The handle is that of the library's destructors, so dlclose unregisters the handlers
 * (glibc, stdlib/cxa_finalize.c).
 *
 * The library is refused if it imports another function of POSIX that waits, takes the address of
 * one of these, or refers to one other than by its PLT entry.
 *
 * Not covered: what a library protects without mutexes. See docs/faults.md for mimalloc. A caller
 * of trylock alone that tries until it succeeds, with a lock held that the fork needs: mimalloc has
 * none, because between two attempts it locks a mutex and so waits at the gate.
 *
 * Rejected:
 * - Handlers that lock every mutex by its address, in an order read from the source: a table of
 *   offsets for each build and machine, mutexes in objects that come and go, and another order in
 *   the next release.
 * - New mutexes in the child alone: lists that a thread was changing stay half changed.
 * - Handlers in a library beside this one: linked images have none, and it would need the addresses
 *   of another file's variables.
 * - A replacement of fork or pthread_create: a program has other ways to both, and the order of
 *   other libraries' handlers would still be unknown.
 * - No limit for a thread whose fork needs its lock, but DF_1_INITFIRST, so that our handlers are
 *   registered first: glibc's own locks are still taken later.
 * - A pthread_rwlock_t as gate: the thread that writes may not read, and a child may not unlock it.
 */
public final class ForkGate {
  /**
   * The weak references that {@link #add} uses, each with the name that {@link AliasSymbols} must
   * give it.
   */
  public static final Map<String, String> IMPORTS =
      Map.of(
          "_ITM_deregisterTMCloneTable", "__register_atfork",
          "_ITM_registerTMCloneTable", "pthread_atfork");

  private static final Set<String> HARMLESS =
      Set.of("pthread_mutex_init", "pthread_mutex_destroy", "pthread_mutexattr_init");

  private static final List<String> WAITING =
      List.of("pthread_mutex", "pthread_rwlock", "pthread_spin", "pthread_cond", "pthread_once");

  private static final int STATE = 16;

  private final ElfFile library;

  private ForkGate(ElfFile library) {
    this.library = library;
  }

  /**
   * Adds the gate.
   *
   * @param library a shared library that was linked for lazy binding
   * @param initialiser a function of it without arguments or result, which runs before its first
   *     use and is called through the PLT
   * @return the new file; the same bytes for the same input
   * @throws ObjectFileException if the machine is neither x86-64 nor aarch64, or the library is not
   *     as described
   */
  public static byte[] add(ElfFile library, String initialiser) {
    if (!ProcessLookup.supports(library)) {
      throw new ForkGate(library).refusal("there is no code for " + library.machine().name());
    }
    return new ForkGate(library).add(initialiser);
  }

  private byte[] add(String initialiser) {
    PltEntry lock = PltEntry.of(library, "pthread_mutex_lock");
    PltEntry trylock = PltEntry.of(library, "pthread_mutex_trylock");
    PltEntry unlock = PltEntry.of(library, "pthread_mutex_unlock");
    PltEntry init = PltEntry.of(library, initialiser);
    Set<String> gated =
        Set.of("pthread_mutex_lock", "pthread_mutex_trylock", "pthread_mutex_unlock");
    for (ElfSymbol symbol : library.dynamicSymbols()) {
      boolean waits = WAITING.stream().anyMatch(symbol.name()::startsWith);
      if (waits && !gated.contains(symbol.name()) && !HARMLESS.contains(symbol.name())) {
        throw refusal("it calls " + symbol.name());
      }
    }
    boolean isX86 = library.machine().equals(ElfMachine.X86_64);
    MachineCode code = isX86 ? ForkGateX86.CODE : ForkGateAarch64.CODE;
    ElfEditor editor = new ElfEditor(library);
    ElfBlock block = new ElfBlock(code.bytes(), 16);
    if (!editor.placeInPadding(List.of(block), ElfSegment::isExecutable)) {
      throw refusal("there is no room for %d bytes of code".formatted(block.size()));
    }
    long state = editor.reserveZeros(STATE);
    Map<String, Long> targets = new HashMap<>();
    targets.put("gate", state);
    targets.put("registered", state + 4);
    targets.put("owner", state + 8);
    targets.put("mutex_lock", lock.slot());
    targets.put("mutex_trylock", trylock.slot());
    targets.put("mutex_unlock", unlock.slot());
    targets.put("initialiser", library.exportsOf(initialiser).getFirst().value());
    targets.put("handle", handle(isX86 ? Elf.R_X86_64_RELATIVE : Elf.R_AARCH64_RELATIVE));
    IMPORTS.forEach((old, name) -> targets.put(name.replace("__", ""), weakSlot(old)));
    ElfBytes out = editor.bytes();
    out.put(block.offset(), CodeReferences.fill(code, library, block.address(), targets));
    lock.redirect(library, out, block.address() + code.offsetOf("lock"));
    trylock.redirect(library, out, block.address() + code.offsetOf("trylock"));
    unlock.redirect(library, out, block.address() + code.offsetOf("unlock"));
    init.redirect(library, out, block.address() + code.offsetOf("init"));
    editor.describeCode(block);
    return editor.finish();
  }

  /** Returns the address of {@code __dso_handle}, the only word that contains its own address. */
  private long handle(int relative) {
    List<Long> own =
        library.relocations().stream()
            .filter(r -> r.type() == relative && r.offset() == r.addend())
            .map(ElfRelocation::offset)
            .toList();
    if (own.size() != 1) {
      throw refusal("%d words contain their own address".formatted(own.size()));
    }
    return own.getFirst();
  }

  private long weakSlot(String name) {
    List<ElfRelocation> uses =
        library.relocations().stream()
            .filter(r -> library.dynamicSymbols().get(r.symbolIndex()).name().equals(name))
            .toList();
    if (uses.size() != 1 || uses.getFirst().isJumpSlot() || uses.getFirst().addend() != 0) {
      throw refusal("it has no weak reference to " + name);
    }
    return uses.getFirst().offset();
  }

  private ObjectFileException refusal(String why) {
    return new ObjectFileException(
        "The locks of %s cannot be made safe for fork: %s.".formatted(library.name(), why));
  }
}
