package org.onemalloc.examples.workloads;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB store, used as in stream processors: it is filled with small values, overwritten with
 * larger and smaller ones, and read at random and in ranges. Cache blocks, memtables, iterators and
 * compaction buffers are all allocated by malloc, and their sizes shift with the values.
 */
public final class RocksdbWorkload {
  private static final int THREADS = 6;
  private static final int KEYS = 20_000;
  private static final int RANGE = 200;
  private static final int LARGEST = 4_000;
  private static final long CACHE_BYTES = 96L << 20;
  private static final long WRITE_BUFFER_BYTES = 8L << 20;

  private final RocksDB db;
  private final WriteOptions unlogged;
  private final int keys;
  private final byte[] text;

  private RocksdbWorkload(RocksDB db, WriteOptions unlogged, int keys) {
    this.db = db;
    this.unlogged = unlogged;
    this.keys = keys;
    this.text = Text.of(1, 1 << 16);
  }

  /**
   * Runs the work.
   *
   * @param arguments the keys of each thread (default: 20 000)
   * @throws Exception if the store fails
   */
  public static void main(String[] arguments) throws Exception {
    int keys = arguments.length > 0 ? Integer.parseInt(arguments[0]) : KEYS;
    RocksDB.loadLibrary();
    try (Scratch scratch = Scratch.create("rocksdb");
        Cache cache = new LRUCache(CACHE_BYTES);
        BloomFilter filter = new BloomFilter(10);
        Options options = options(cache, filter);
        WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
        RocksDB db = RocksDB.open(options, scratch.folder().toString());
        Crew crew = new Crew(THREADS)) {
      System.out.println("read " + new RocksdbWorkload(db, unlogged, keys).run(crew) + " bytes");
    }
  }

  private static Options options(Cache cache, BloomFilter filter) {
    return new Options()
        .setCreateIfMissing(true)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setMaxBackgroundJobs(2)
        .setTableFormatConfig(
            new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
  }

  private long run(Crew crew) throws Exception {
    Phases.mark("fill");
    crew.each(thread -> put(thread, 40, 400));
    Phases.mark("overwrite, larger");
    crew.each(thread -> put(thread, 400, LARGEST));
    Phases.mark("read");
    long bytes = crew.each(this::get);
    Phases.mark("overwrite, smaller");
    crew.each(thread -> put(thread, 20, 1_000));
    Phases.mark("read again");
    bytes += crew.each(this::get) + crew.each(this::scan);
    Phases.rest();
    return bytes;
  }

  /** Writes every key of a thread once, in random order with repeats. */
  private long put(int thread, int smallest, int largest) throws RocksDBException {
    SplittableRandom random = new SplittableRandom(thread);
    byte[] value = new byte[largest];
    for (int i = 0; i < keys; i++) {
      int size = random.nextInt(smallest, largest);
      System.arraycopy(text, random.nextInt(text.length - size), value, 0, size);
      db.put(unlogged, key(thread, random.nextInt(keys)), Arrays.copyOf(value, size));
    }
    return 0;
  }

  private long get(int thread) throws RocksDBException {
    SplittableRandom random = new SplittableRandom(-thread);
    long bytes = 0;
    for (int i = 0; i < keys; i++) {
      byte[] value = db.get(key(thread, random.nextInt(keys)));
      bytes += value == null ? 0 : value.length;
    }
    return bytes;
  }

  private long scan(int thread) throws RocksDBException {
    SplittableRandom random = new SplittableRandom(thread);
    long bytes = 0;
    try (ReadOptions read = new ReadOptions().setFillCache(false)) {
      for (int i = 0; i < keys; i += RANGE) {
        try (RocksIterator at = db.newIterator(read)) {
          at.seek(key(thread, random.nextInt(keys)));
          for (int j = 0; j < RANGE && at.isValid(); j++, at.next()) {
            bytes += at.value().length;
          }
          at.status();
        }
      }
    }
    return bytes;
  }

  private static byte[] key(int thread, int number) {
    return ByteBuffer.allocate(16).putInt(thread).putLong(number * 0x9E3779B97F4A7C15L).array();
  }
}
