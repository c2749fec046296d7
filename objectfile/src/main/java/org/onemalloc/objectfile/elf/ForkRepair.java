package org.onemalloc.objectfile.elf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Lets a process fork while its threads are in a library with locks: the child finds no mutex of
 * the library locked by a thread that it does not have.
 *
 * <p>A child has only the thread that forked. A mutex that another thread held stays locked in the
 * child for ever, unless the library registers handlers with {@code pthread_atfork}. glibc's malloc
 * and jemalloc do; mimalloc 3 does not.
 *
 * <p>The library's calls of pthread_mutex_lock, trylock and unlock are counted. The handler that
 * runs before a fork waits for a moment until no thread holds a mutex. The child makes each mutex
 * new when a thread of it touches it for the first time. No thread of the parent ever waits for a
 * fork, no mutex has to be known, and none is held twice or in another order than before.
 *
 * <p>The handlers are registered when the library is initialised. {@code errno} is then as it was
 * before: malloc may change it only where it fails (POSIX), and the library is initialised in the
 * first malloc of a process, before its {@code main}.
 */
/*
 * Design note. The state is at the end of .bss, 32 bits each:
 *
 * - count: the mutexes that threads of this process hold or try to get. lock and trylock count up
 *   before the real function, unlock counts down after it. So a count of 0 means that all are free.
 * - registered: 1 when the handlers are registered.
 * - generation: 0 in a process that was not forked since the library was loaded; a child has one
 *   more than its parent.
 * - last: the low half of the thread pointer of the thread that called lock or trylock last.
 *
 * The handler before a fork (prepare) looks until the count is 0, and sleeps for 50 microseconds
 * between two looks, at most 20 times: 1 to 3 ms. Then it returns in any case. So what the mutexes
 * protect is complete in almost every child. The rest is for a thread that takes a mutex after the
 * look, or holds it for longer. The child's handler sets the count to 0 and raises the generation.
 * The parent needs no handler: glibc (posix/register-atfork.c) and musl (pthread_atfork.c) leave
 * out a null one.
 *
 * In a child, lock and trylock first look at a mark in the mutex. If it is the generation, a thread
 * of this process has touched the mutex before, and only a thread of this process can hold it.
 * Otherwise no thread of this process holds it, and the parent's may have: the thread that
 * exchanges the mark for the complement of the generation stores zeros over the mutex, which is
 * PTHREAD_MUTEX_INITIALIZER, and then the generation as its mark. Another thread that finds the
 * complement sleeps until it is gone, that is for some instructions. A mutex is thus made new once
 * in each process, before its first use there, and never while a thread of the process holds it.
 * After that, waiting is the C library's own.
 *
 * The mark is at byte 32 of the 40 that a mutex has on x86-64 (glibc, musl) and on aarch64 (musl;
 * glibc's type has 48, its structure 40: bits/struct_mutex.h). There is the link to the next robust
 * mutex (glibc __list.__next, musl _m_next), which neither library reads or writes for a mutex of
 * the default type. A library that could make one of another type is refused, because it must call
 * pthread_mutexattr_settype or the like. pthread_mutex_init stores zeros, so a mutex that a child
 * initialises is made new once more, at its first use.
 *
 * A thread that forks in a signal handler, which interrupted it with a mutex held, must not wait
 * for itself: a handler for SIGCHLD that starts a new worker for each that ended would never come
 * to an end if each fork took longer. So the wait ends at once if this thread was the last to lock.
 * Its child may return from the signal handler and unlock the mutex; then the count is -1, hence
 * the signed comparison.
 *
 * The handlers are registered after the first call of the library's initialiser, that is at the
 * first malloc of the process: handlers before a fork run in the reverse order of registration, so
 * ours comes after those that allocate, and handlers in the child run in the order of registration,
 * so ours comes before them. __register_atfork is glibc's function behind pthread_atfork on every
 * version; glibc exports pthread_atfork itself to no new program, and musl exports that alone. Both
 * become weak references in place of two that every GNU-linked library has for transactional memory
 * and never uses. The handle is that of the library's destructors, so dlclose unregisters the
 * handlers (glibc, stdlib/cxa_finalize.c).
 *
 * errno is restored because mimalloc 3 asks for the directories of NUMA nodes until one is missing,
 * and for files of /proc and /sys that a container may not have. A main that finds 2 (ENOENT) in
 * errno, where C says 0, may take a read that succeeded for one that failed, as bzip2recover does.
 *
 * The library is refused if it imports another function of POSIX that waits, takes the address of
 * one of these, or refers to one other than by its PLT entry.
 *
 * A library may also wait for another thread without a lock, as mimalloc does in one place: see
 * BusyWait.
 *
 * Not covered: what a thread was changing at the instant of the fork, under a mutex or without one,
 * can be half changed in the child. Without this code such a child stood still. A handler for the
 * child that was registered before the first malloc and calls malloc: it runs before ours. See
 * docs/faults.md for mimalloc.
 *
 * Rejected:
 * - A gate, which the handler before the fork closes and those after it open, so that no thread
 *   enters meanwhile. The threads of the parent then wait for the fork, and the fork can wait for
 *   them: it takes locks of other handlers, of streams and of the name service after the gate is
 *   closed. A limit to the wait made each such fork 0.1 s longer. A fork in a signal handler that
 *   interrupts a fork finds the gate closed by its own thread.
 * - To tell by the count that a mutex was locked in the parent, or by how long it stays locked:
 *   between the look at the count and the zeros another thread can lock it, and a thread of the
 *   child can hold one for long (while the kernel swaps).
 * - Handlers that lock every mutex by its address, in an order read from the source: a table of
 *   offsets for each build and machine, mutexes in objects that come and go, and another order in
 *   the next release.
 * - The child's part alone, without a handler before the fork: half-changed lists would be common.
 * - Handlers in a library beside this one: linked images have none, and it would need the addresses
 *   of another file's variables.
 * - A replacement of fork or pthread_create: a program has other ways to both, and the order of
 *   other libraries' handlers would still be unknown.
 */
public final class ForkRepair {
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

  private ForkRepair(ElfFile library) {
    this.library = library;
  }

  /**
   * Adds the code.
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
      throw new ForkRepair(library).refusal("there is no code for " + library.machine().name());
    }
    return new ForkRepair(library).add(initialiser);
  }

  private byte[] add(String initialiser) {
    PltEntry lock = PltEntry.of(library, "pthread_mutex_lock");
    PltEntry trylock = PltEntry.of(library, "pthread_mutex_trylock");
    PltEntry unlock = PltEntry.of(library, "pthread_mutex_unlock");
    PltEntry init = PltEntry.of(library, initialiser);
    Set<String> counted =
        Set.of("pthread_mutex_lock", "pthread_mutex_trylock", "pthread_mutex_unlock");
    for (ElfSymbol symbol : library.dynamicSymbols()) {
      boolean waits = WAITING.stream().anyMatch(symbol.name()::startsWith);
      if (waits && !counted.contains(symbol.name()) && !HARMLESS.contains(symbol.name())) {
        throw refusal("it calls " + symbol.name());
      }
    }
    boolean isX86 = library.machine().equals(ElfMachine.X86_64);
    Optional<BusyWait> wait = BusyWait.in(library);
    MachineCode handlers = isX86 ? ForkRepairX86.CODE : ForkRepairAarch64.CODE;
    MachineCode code = wait.isEmpty() ? handlers : BusyWait.behind(handlers, isX86);
    ElfEditor editor = new ElfEditor(library);
    ElfBlock block = new ElfBlock(code.bytes(), 16);
    if (!editor.placeInPadding(List.of(block), ElfSegment::isExecutable)) {
      throw refusal("there is no room for %d bytes of code".formatted(block.size()));
    }
    long state = editor.reserveZeros(STATE);
    Map<String, Long> targets = new HashMap<>();
    targets.put("count", state);
    targets.put("registered", state + 4);
    targets.put("generation", state + 8);
    targets.put("last", state + 12);
    targets.put("mutex_lock", lock.slot());
    targets.put("mutex_trylock", trylock.slot());
    targets.put("mutex_unlock", unlock.slot());
    targets.put("errno_location", PltEntry.of(library, "__errno_location").slot());
    targets.put("initialiser", library.exportsOf(initialiser).getFirst().value());
    targets.put("handle", handle(isX86 ? Elf.R_X86_64_RELATIVE : Elf.R_AARCH64_RELATIVE));
    wait.ifPresent(loop -> targets.put("yield", loop.yield()));
    IMPORTS.forEach((old, name) -> targets.put(name.replace("__", ""), weakSlot(old)));
    ElfBytes out = editor.bytes();
    out.put(block.offset(), CodeReferences.fill(code, library, block.address(), targets));
    lock.redirect(library, out, block.address() + code.offsetOf("lock"));
    trylock.redirect(library, out, block.address() + code.offsetOf("trylock"));
    unlock.redirect(library, out, block.address() + code.offsetOf("unlock"));
    init.redirect(library, out, block.address() + code.offsetOf("init"));
    wait.ifPresent(loop -> loop.redirect(library, out, block.address() + code.offsetOf("wait")));
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
