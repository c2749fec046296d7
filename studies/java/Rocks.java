package study;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.onemalloc.Heap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * {@code Rocks KEYS}: RocksDB in a JVM, written and read through buffers that Java takes from its own heap for each
 * call: Java and C++ in one process, each with its share of the blocks.
 */
public final class Rocks {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Rocks() {}

  public static void main(String[] arguments) throws RocksDBException {
    int keys = Integer.parseInt(arguments[0]);
    RocksDB.loadLibrary();
    try (Cache cache = new LRUCache(8L << 20);
        BloomFilter filter = new BloomFilter(10);
        Options options =
            new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(64L << 20)
                .setMaxBackgroundJobs(1)
                .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
        WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
        ReadOptions read = new ReadOptions();
        FlushOptions whole = new FlushOptions().setWaitForFlush(true);
        RocksDB db = RocksDB.open(options, Path.of("store").toString())) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < keys; i++) {
        put(db, unlogged, random.nextInt(keys), 40 + random.nextInt(800));
        if (i % (keys / 3 + 1) == keys / 3) {
          db.flush(whole);
        }
      }
      long sum = 0;
      for (int i = 0; i < 2 * keys; i++) {
        sum += get(db, read, random.nextInt(keys));
      }
      try (RocksIterator at = db.newIterator(read)) {
        for (at.seekToFirst(); at.isValid(); at.next()) {
          sum += at.value().length;
        }
      }
      Said.result(sum);
    }
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
