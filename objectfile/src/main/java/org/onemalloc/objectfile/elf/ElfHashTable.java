package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The hash table through which the loader finds symbols. It is also the only structure from which
 * the number of dynamic symbols follows.
 */
sealed interface ElfHashTable permits ElfGnuHash, ElfSysvHash {
  /** Returns one more than the highest symbol index in the table. */
  long symbolCount();

  /** Passes on each symbol whose hash is that of {@code name}; the caller compares names. */
  void forEachCandidate(String name, IntConsumer symbolIndex);

  /**
   * Passes on each symbol that a search for its own name reaches, chain by chain.
   *
   * @param nameOf returns the name of a symbol for its index
   */
  void forEachFound(IntFunction<String> nameOf, IntConsumer symbolIndex);

  /** Returns the table that glibc uses: the GNU one if there are both; null if there is none. */
  static ElfHashTable of(ElfDynamic dynamic) {
    if (dynamic.find(Elf.DT_GNU_HASH).isPresent()) {
      return ElfGnuHash.parse(dynamic);
    }
    return dynamic.find(Elf.DT_HASH).isPresent() ? ElfSysvHash.parse(dynamic) : null;
  }

  /**
   * Returns the hash that DT_GNU_HASH uses, unsigned (glibc, {@code
   * sysdeps/generic/dl-new-hash.h}).
   */
  static int gnuHash(String name) {
    int hash = 5381;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = hash * 33 + (b & 0xff);
    }
    return hash;
  }

  /** Returns the hash that DT_HASH and version names use (gABI chapter 5, "Hash Table"). */
  static int sysvHash(String name) {
    int hash = 0;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash << 4) + (b & 0xff);
      int high = hash & 0xf000_0000;
      hash = (hash ^ (high >>> 24)) & ~high;
    }
    return hash;
  }
}
