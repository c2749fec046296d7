package org.onemalloc.objectfile.elf;

import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * DT_HASH (gABI chapter 5, "Hash Table").
 *
 * @param bytes the file
 * @param table the file offset of its first number
 * @param entrySize 4 bytes, 8 on 64-bit s390 and Alpha
 * @param bucketCount the number of chains; 0 if no symbol can be found
 * @param symbolCount the number of symbols
 */
record ElfSysvHash(ElfBytes bytes, int table, int entrySize, long bucketCount, long symbolCount)
    implements ElfHashTable {

  private static final String WHAT = "the hash table";

  static ElfSysvHash parse(ElfDynamic dynamic) {
    ElfHeader header = dynamic.header();
    ElfBytes bytes = header.bytes();
    int entrySize = header.machine().hasWideHash(bytes.is64Bit()) ? 8 : 4;
    int table = dynamic.tableOffset(Elf.DT_HASH, 2L * entrySize, WHAT);
    ElfSysvHash counts = new ElfSysvHash(bytes, table, entrySize, 0, 0);
    long bucketCount = counts.entry(0);
    long symbolCount = counts.entry(1);
    long limit = bytes.size();
    if (Long.compareUnsigned(bucketCount, limit) > 0
        || Long.compareUnsigned(symbolCount, limit) > 0) {
      throw bytes.malformed(WHAT + " is larger than the file");
    }
    dynamic.tableOffset(Elf.DT_HASH, entrySize * (2 + bucketCount + symbolCount), WHAT);
    return new ElfSysvHash(bytes, table, entrySize, bucketCount, symbolCount);
  }

  private long entry(long index) {
    long at = table + entrySize * index;
    return entrySize == 8 ? bytes.i64(at) : bytes.u32(at);
  }

  @Override
  public void forEachCandidate(String name, IntConsumer symbolIndex) {
    if (bucketCount == 0) {
      return;
    }
    long bucket = (ElfHashTable.sysvHash(name) & 0xffff_ffffL) % bucketCount;
    long index = entry(2 + bucket);
    for (long steps = 0; index != 0 && steps < symbolCount; steps++) {
      if (index < 0 || index >= symbolCount) {
        throw bytes.malformed(WHAT + " names a symbol that does not exist");
      }
      symbolIndex.accept((int) index);
      index = entry(2 + bucketCount + index);
    }
  }

  @Override
  public void forEachFound(IntFunction<String> nameOf, IntConsumer symbolIndex) {
    long left = symbolCount;
    for (long bucket = 0; bucket < bucketCount; bucket++) {
      for (long index = entry(2 + bucket); index != 0; index = entry(2 + bucketCount + index)) {
        if (index < 0 || index >= symbolCount) {
          throw bytes.malformed(WHAT + " names a symbol that does not exist");
        }
        if (--left < 0) {
          throw bytes.malformed(WHAT + " has chains that overlap");
        }
        String name = nameOf.apply((int) index);
        if ((ElfHashTable.sysvHash(name) & 0xffff_ffffL) % bucketCount == bucket) {
          symbolIndex.accept((int) index);
        }
      }
    }
  }
}
