package study;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.onemalloc.Heap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * {@code Rocks OPERATIONS TIMES}: RocksDB in a JVM, written and read through buffers that Java takes from its own heap for each
 * call: Java and C++ in one process, each with its share of the blocks.
 */
public final class Rocks {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final int KEYS = 5_000;

  private Rocks() {}

  public static void main(String[] arguments) throws Throwable {
    RocksDB.loadLibrary();
    // All that is written stays in the memtable: what threads of the store do beside depends on time.
    try (BloomFilter filter = new BloomFilter(10);
        Options options =
            new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(128L << 20)
                .setMaxBackgroundJobs(1)
                .setTableFormatConfig(new BlockBasedTableConfig().setNoBlockCache(true).setFilterPolicy(filter));
        WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
        ReadOptions read = new ReadOptions();
        FlushOptions whole = new FlushOptions().setWaitForFlush(true);
        RocksDB db = RocksDB.open(options, "store")) {
      for (int i = 0; i < KEYS; i++) {
        put(db, unlogged, i, 1000);
      }
      db.flush(whole);
      Counted.run(arguments, (operations, pass) -> work(db, unlogged, read, operations));
    }
  }

  private static long work(RocksDB db, WriteOptions write, ReadOptions read, int operations) throws RocksDBException {
    SplittableRandom random = new SplittableRandom(1);
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      put(db, write, random.nextInt(KEYS), 40 + random.nextInt(800));
      sum += get(db, read, random.nextInt(KEYS)) + get(db, read, random.nextInt(KEYS));
    }
    try (RocksIterator at = db.newIterator(read)) {
      for (at.seekToFirst(); at.isValid(); at.next()) {
        sum += at.value().length;
      }
    }
    return sum;
  }

  private static ByteBuffer buffer(long block, int size) {
    return ALL.asSlice(block, size).asByteBuffer();
  }

  private static void put(RocksDB db, WriteOptions options, int number, int size) throws RocksDBException {
    long key = Heap.allocate(16, 8);
    long value = Heap.allocate(size, 8);
    try {
      ByteBuffer bytes = buffer(value, size);
      for (int i = 0; i + 8 <= size; i += 8) {
        bytes.putLong(i, number * 31L + i);
      }
      db.put(options, key(key, number), bytes);
    } finally {
      Heap.deallocate(value, size, 8);
      Heap.deallocate(key, 16, 8);
    }
  }

  private static long get(RocksDB db, ReadOptions options, int number) throws RocksDBException {
    long key = Heap.allocate(16, 8);
    long value = Heap.allocate(1024, 8);
    try {
      int size = db.get(options, key(key, number), buffer(value, 1024));
      return size < 8 ? 1 : size + buffer(value, 1024).getLong(0) % 1000;
    } finally {
      Heap.deallocate(value, 1024, 8);
      Heap.deallocate(key, 16, 8);
    }
  }

  private static ByteBuffer key(long block, int number) {
    ByteBuffer key = buffer(block, 16);
    key.putLong(0, number * 0x9E3779B97F4A7C15L).putLong(8, number);
    return key;
  }
}
