package org.onemalloc.objectfile.elf;

import java.util.List;

/** Builds hash tables for a symbol table whose order must not change. */
final class ElfHashWriter {
  private static final int FILTER_BITS_PER_SYMBOL = 12;

  private ElfHashWriter() {}

  /**
   * Builds a DT_GNU_HASH table with one bucket. Its chain may list the symbols in any order;
   * several buckets would require sorted symbols, and new symbol numbers in every relocation. The
   * Bloom filter makes up for the long chain: it is large enough (12 bits per symbol, 2 of them
   * set) to reject 97 of 100 names that are not in the table.
   *
   * @param layout any bytes with the class and the byte order of the file
   * @param firstSymbol index of the first symbol listed; those before it cannot be found
   * @param names the names of the symbols from {@code firstSymbol} on
   */
  static byte[] gnuHash(ElfBytes layout, int firstSymbol, List<String> names) {
    int wordBits = 8 * layout.wordSize();
    int atLeast = Math.ceilDiv(names.size() * FILTER_BITS_PER_SYMBOL, wordBits);
    int words = Integer.highestOneBit(Math.max(1, 2 * atLeast - 1));
    int shift = Integer.numberOfTrailingZeros(words * wordBits);
    int chain = 16 + words * layout.wordSize() + 4;
    ElfBytes table = layout.over(new byte[chain + 4 * names.size()]);
    table.putU32(0, 1);
    table.putU32(4, firstSymbol);
    table.putU32(8, words);
    table.putU32(12, shift);
    table.putU32(chain - 4L, names.isEmpty() ? 0 : firstSymbol);
    for (int i = 0; i < names.size(); i++) {
      int hash = ElfHashTable.gnuHash(names.get(i));
      long word = 16 + (long) layout.wordSize() * ((hash >>> log2(wordBits)) & (words - 1));
      long bits = 1L << (hash & (wordBits - 1)) | 1L << ((hash >>> shift) & (wordBits - 1));
      table.putWord(word, table.word(word) | bits);
      table.putU32(chain + 4L * i, i == names.size() - 1 ? hash | 1 : hash & ~1);
    }
    return table.array();
  }

  private static int log2(int powerOfTwo) {
    return Integer.numberOfTrailingZeros(powerOfTwo);
  }

  /**
   * Builds a DT_HASH table with entries of 4 bytes.
   *
   * @param layout any bytes with the byte order of the file
   * @param buckets the number of chains; at least 1
   * @param names the names of all symbols, in the order of the symbol table; the first is not
   *     listed
   */
  static byte[] sysvHash(ElfBytes layout, int buckets, List<String> names) {
    ElfBytes table = layout.over(new byte[4 * (2 + buckets + names.size())]);
    table.putU32(0, buckets);
    table.putU32(4, names.size());
    for (int i = 1; i < names.size(); i++) {
      long hash = ElfHashTable.sysvHash(names.get(i)) & 0xffff_ffffL;
      long bucket = 4 * (2 + hash % buckets);
      table.putU32(4L * (2 + buckets + i), table.u32(bucket));
      table.putU32(bucket, i);
    }
    return table.array();
  }
}
