package org.onemalloc.objectfile.elf;

import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * DT_GNU_HASH: a Bloom filter, buckets, and the hash of each symbol from {@code firstSymbol} on.
 * The lowest bit of a hash marks the end of a chain (glibc, {@code elf/dl-setup_hash.c} and {@code
 * do_lookup_x}).
 *
 * @param bytes the file
 * @param filter offset of the Bloom filter, which consists of words of the file's class and ends at
 *     {@code buckets}
 * @param shift the number of bits by which the hash is shifted for the second bit of the filter
 * @param buckets offset of the buckets, 4 bytes each
 * @param bucketCount the number of buckets; at least 1
 * @param firstSymbol index of the first symbol that can be found
 * @param chains offset of the hashes, 4 bytes each
 * @param symbolCount one more than the highest index in the table; {@code firstSymbol} if the table
 *     is empty
 */
record ElfGnuHash(
    ElfBytes bytes,
    int filter,
    int shift,
    int buckets,
    int bucketCount,
    long firstSymbol,
    int chains,
    long symbolCount)
    implements ElfHashTable {

  private static final String WHAT = "the GNU hash table";

  static ElfGnuHash parse(ElfDynamic dynamic) {
    ElfBytes bytes = dynamic.header().bytes();
    int table = dynamic.tableOffset(Elf.DT_GNU_HASH, 16, WHAT);
    long bucketCount = bytes.u32(table);
    long firstSymbol = bytes.u32(table + 4);
    long filterSize = bytes.u32(table + 8) * bytes.wordSize();
    long size = 16 + filterSize + 4 * bucketCount;
    dynamic.tableOffset(Elf.DT_GNU_HASH, size, WHAT);
    if (bucketCount == 0) {
      throw bytes.malformed(WHAT + " has no bucket");
    }
    int buckets = (int) (table + 16 + filterSize);
    int chains = (int) (table + size);
    long last = 0;
    for (int i = 0; i < bucketCount; i++) {
      last = Math.max(last, bytes.u32(buckets + 4L * i));
    }
    if (last != 0 && last < firstSymbol) {
      throw bytes.malformed(WHAT + " starts a chain before its first symbol");
    }
    if (last != 0) {
      while ((bytes.u32(chains + 4 * (last - firstSymbol)) & 1) == 0) {
        last++;
      }
    }
    long symbolCount = last == 0 ? firstSymbol : last + 1;
    return new ElfGnuHash(
        bytes,
        table + 16,
        bytes.i32(table + 12),
        buckets,
        (int) bucketCount,
        firstSymbol,
        chains,
        symbolCount);
  }

  @Override
  public void forEachCandidate(String name, IntConsumer symbolIndex) {
    int hash = ElfHashTable.gnuHash(name);
    long bucket = Integer.remainderUnsigned(hash, bucketCount);
    long index = bytes.u32(buckets + 4 * bucket);
    if (index == 0) {
      return;
    }
    for (; index < symbolCount; index++) {
      int entry = bytes.i32(chains + 4 * (index - firstSymbol));
      if ((entry | 1) == (hash | 1)) {
        symbolIndex.accept((int) index);
      }
      if ((entry & 1) != 0) {
        return;
      }
    }
  }

  @Override
  public void forEachFound(IntFunction<String> nameOf, IntConsumer symbolIndex) {
    long left = symbolCount - firstSymbol;
    for (int bucket = 0; bucket < bucketCount; bucket++) {
      long index = bytes.u32(buckets + 4L * bucket);
      while (index != 0 && index < symbolCount) {
        if (--left < 0) {
          throw bytes.malformed(WHAT + " has chains that overlap");
        }
        int entry = bytes.i32(chains + 4 * (index - firstSymbol));
        int hash = ElfHashTable.gnuHash(nameOf.apply((int) index));
        if ((entry | 1) == (hash | 1)
            && Integer.remainderUnsigned(hash, bucketCount) == bucket
            && passesFilter(hash)) {
          symbolIndex.accept((int) index);
        }
        index = (entry & 1) != 0 ? 0 : index + 1;
      }
    }
  }

  private boolean passesFilter(int hash) {
    int wordBits = 8 * bytes.wordSize();
    int words = (buckets - filter) / bytes.wordSize();
    if (words == 0) {
      return false;
    }
    int place = Integer.divideUnsigned(hash, wordBits) & (words - 1);
    long word = bytes.word(filter + (long) bytes.wordSize() * place);
    return (word >>> (hash & (wordBits - 1)) & word >>> (hash >>> shift & (wordBits - 1)) & 1) != 0;
  }
}
