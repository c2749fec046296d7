package study;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.onemalloc.arrow.OnemallocAllocationManager;

/**
 * {@code ArrowJob BATCHES TIMES}: batches of rows that are filled without knowing their number, filtered, and summed up by
 * key, with a window of batches alive.
 */
public final class ArrowJob {
  private static final int ROWS = 2_000;
  private static final int WINDOW = 16;

  private ArrowJob() {}

  private record Batch(IntVector key, VarCharVector text, BigIntVector value) implements AutoCloseable {
    @Override
    public void close() {
      key.close();
      text.close();
      value.close();
    }
  }

  public static void main(String[] arguments) throws Throwable {
    Counted.run(arguments, ArrowJob::work);
  }

  private static long work(int batches, int pass) {
    SplittableRandom random = new SplittableRandom(1);
    long sum = 0;
    try (BufferAllocator root =
        new RootAllocator(
            RootAllocator.configBuilder().allocationManagerFactory(OnemallocAllocationManager.FACTORY).build())) {
      Batch[] window = new Batch[WINDOW];
      for (int i = 0; i < batches; i++) {
        try (Batch filled = fill(root, random, random.nextInt(ROWS) + 1)) {
          Batch kept = filter(root, filled, i);
          if (window[i % WINDOW] != null) {
            sum += total(window[i % WINDOW]);
            window[i % WINDOW].close();
          }
          window[i % WINDOW] = kept;
        }
      }
      for (Batch batch : window) {
        if (batch != null) {
          sum += total(batch);
          batch.close();
        }
      }
    }
    return sum;
  }

  private static Batch fill(BufferAllocator root, SplittableRandom random, int rows) {
    Batch batch =
        new Batch(new IntVector("key", root), new VarCharVector("text", root), new BigIntVector("value", root));
    for (int row = 0; row < rows; row++) {
      int key = random.nextInt(100);
      batch.key.setSafe(row, key);
      batch.text.setSafe(row, ("text of " + key + " and " + row % 17).getBytes(StandardCharsets.US_ASCII));
      batch.value.setSafe(row, random.nextLong(1_000_000));
    }
    return counted(batch, rows);
  }

  private static Batch filter(BufferAllocator root, Batch all, int turn) {
    Batch batch =
        new Batch(new IntVector("key", root), new VarCharVector("text", root), new BigIntVector("value", root));
    int to = 0;
    for (int row = 0; row < all.key.getValueCount(); row++) {
      if ((all.key.get(row) + turn) % 3 != 0) {
        batch.key.setSafe(to, all.key.get(row));
        batch.text.setSafe(to, all.text.get(row));
        batch.value.setSafe(to++, all.value.get(row));
      }
    }
    return counted(batch, to);
  }

  private static Batch counted(Batch batch, int rows) {
    batch.key.setValueCount(rows);
    batch.text.setValueCount(rows);
    batch.value.setValueCount(rows);
    return batch;
  }

  private static long total(Batch batch) {
    long sum = 0;
    for (int row = 0; row < batch.key.getValueCount(); row++) {
      sum += batch.value.get(row) * batch.key.get(row) + batch.text.get(row).length;
    }
    return sum;
  }
}
