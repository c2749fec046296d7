package org.onemalloc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.junit.jupiter.api.Test;
import org.onemalloc.internal.checked.Checking;
import org.opentest4j.TestAbortedException;

/**
 * Runs contracts in a JVM that a test has started; prints the binding, and says at the end that all
 * passed.
 */
public final class ForkedMain {
  static final String DONE = "all contracts held";

  /** Before the reason for which a contract was not tested. */
  static final String SKIPPED = "skipped: ";

  private ForkedMain() {}

  static class HeapContract extends AllocatorContract {
    @Override
    Allocator allocator() {
      return Heap.allocator();
    }
  }

  static class VirtualContract extends HeapContract {
    @Override
    Thread.Builder builder() {
      return Thread.ofVirtual();
    }
  }

  static class CShape extends CHeapContract {}

  static class HandleContract extends AllocatorContract {
    @Override
    Allocator allocator() {
      return ThreadHeap.open();
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.print(Heap.binding());
    run(HeapContract.class);
    run(VirtualContract.class);
    run(HandleContract.class);
    run(ArenaContract.class);
    run(LeakContract.class);
    if (HeapChecks.mode() == HeapChecks.Mode.OFF) {
      run(GoodSizeTest.class); // a checked block has the room that was asked for, and no more
    }
    if (Heap.binding().sharedWithC()) {
      run(HandOverContract.class);
      run(CShape.class);
      if (HeapChecks.mode() != HeapChecks.Mode.SAMPLED && !Checking.READS) {
        run(SharingContract.class);
      }
    }
    System.out.println(DONE);
  }

  private static void run(Class<?> contract) throws Exception {
    for (Class<?> c = contract; c != Object.class; c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        invoke(contract, method);
      }
    }
  }

  private static void invoke(Class<?> contract, Method method) throws Exception {
    if (!method.isAnnotationPresent(Test.class)) {
      return;
    }
    var constructor = contract.getDeclaredConstructor();
    constructor.setAccessible(true);
    method.setAccessible(true);
    try {
      method.invoke(constructor.newInstance());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof TestAbortedException skipped) {
        System.out.println(SKIPPED + skipped.getMessage());
        return;
      }
      throw new AssertionError(contract.getSimpleName() + "." + method.getName(), e.getCause());
    }
  }
}
