package org.onemalloc.internal.checked;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.onemalloc.HeapCorruptionError;
import org.onemalloc.internal.system.Calls;

/**
 * The other copies of this library in the process: one per class loader that has loaded it, shaded
 * ones included. Each checks the blocks that it allocated, so a copy that is passed an unknown
 * block asks the others before it treats the block as C's. Then the size and alignment that the
 * caller passes are not checked, and the tag is not recorded.
 *
 * <p>Design. Copies share no class, so they meet in a system property: a list of addresses of
 * functions {@code long (long operation, long address)}, which call into the copy that published
 * them. A property with an object as value would break programs that expect strings.
 */
final class Copies {
  static final String PROPERTY = "onemalloc.checked.copies";

  /** The size of a live block of the copy, -1 for any other address. */
  static final long SIZE = 0;

  /** Whether the address is that of a block of the copy, live or freed. */
  static final long KNOWS = 1;

  /**
   * Frees a block as C's free would, and returns {@link #FREE}, {@link #DONE} or {@link #WRONG}.
   */
  static final long RELEASE = 2;

  /** The block is malloc's own and is still to be freed. */
  static final long FREE = 0;

  /** The copy has freed the block. */
  static final long DONE = 1;

  /** The copy has reported a mistake; the block must not be freed. */
  static final long WRONG = 2;

  /** The operations of a copy for the others. */
  interface Copy {
    /** Returns the size of a live block, -1 for any other address. */
    long size(long address);

    /** Returns whether an address is that of a block, live or freed. */
    boolean knows(long address);

    /**
     * Frees a block as C's free would.
     *
     * @return whether malloc's free must still be called
     */
    boolean release(long address);
  }

  private static volatile String own = "";

  private final Copy copy;

  private Copies(Copy copy) {
    this.copy = copy;
  }

  /** Publishes this copy. */
  @SuppressWarnings("restricted")
  static synchronized void join(Copy copy) {
    MethodType type = MethodType.methodType(long.class, long.class, long.class);
    try {
      MethodHandle answer = MethodHandles.lookup().bind(new Copies(copy), "answer", type);
      FunctionDescriptor shape = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG);
      own =
          Long.toString(Linker.nativeLinker().upcallStub(answer, shape, Arena.global()).address());
    } catch (NoSuchMethodException | IllegalAccessException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    System.getProperties().merge(PROPERTY, own, (others, mine) -> others + "," + mine);
  }

  /** Called by other copies; must not throw, because C is between. */
  @SuppressWarnings("unused")
  private long answer(long operation, long address) {
    try {
      if (operation == SIZE) {
        return copy.size(address);
      }
      if (operation == KNOWS) {
        return copy.knows(address) ? 1 : 0;
      }
      return copy.release(address) ? FREE : DONE;
    } catch (HeapCorruptionError e) {
      Findings.say(e.getMessage());
      return WRONG;
    }
  }

  /** Returns whether another copy has published itself. */
  static boolean any() {
    return !System.getProperty(PROPERTY, own).equals(own);
  }

  /** Returns the size of a live block of another copy, -1 for any other address. */
  static long size(long address) {
    long owner = owner(address);
    return owner == 0 ? -1 : ask(owner, SIZE, address);
  }

  /** Returns whether another copy knows a block. */
  static boolean know(long address) {
    return owner(address) != 0;
  }

  /**
   * Lets another copy free its block as C's free would.
   *
   * @return whether malloc's free must still be called, as for a block that no copy knows
   */
  static boolean release(long address, long size, String done) {
    long owner = owner(address);
    long answer = owner == 0 ? FREE : ask(owner, RELEASE, address);
    if (answer == WRONG) {
      Findings.report(
          CBlocks.finding(
              address,
              size,
              done,
              "the copy of this library that allocated it reported a mistake"));
    }
    return answer == FREE;
  }

  private static long owner(long address) {
    for (String other : System.getProperty(PROPERTY, "").split(",", -1)) {
      if (!other.isEmpty() && !other.equals(own)) {
        long function = Long.parseLong(other);
        if (ask(function, KNOWS, address) != 0) {
          return function;
        }
      }
    }
    return 0;
  }

  private static long ask(long function, long operation, long address) {
    return Calls.normal(MemorySegment.ofAddress(function), operation, address, 0);
  }
}
