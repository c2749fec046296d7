package org.onemalloc.objectfile.elf;

import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The hash table that the loader finds symbols by, which is also the only place that says how many
 * dynamic symbols there are.
 */
sealed interface ElfHashTable permits ElfGnuHash, ElfSysvHash {
  /** One more than the highest symbol index the table knows of. */
  long symbolCount();

  /** Offers each symbol whose hash is that of {@code name}; the caller compares names. */
  void forEachCandidate(String name, IntConsumer symbolIndex);

  /**
   * Offers each symbol that a search for its own name meets, chain by chain.
   *
   * @param nameOf the name of a symbol by its index
   */
  void forEachFound(IntFunction<String> nameOf, IntConsumer symbolIndex);

  /** The table that glibc uses: the GNU one if there are both; null without any. */
  static ElfHashTable of(ElfDynamic dynamic) {
    if (dynamic.find(Elf.DT_GNU_HASH).isPresent()) {
      return ElfGnuHash.parse(dynamic);
    }
    return dynamic.find(Elf.DT_HASH).isPresent() ? ElfSysvHash.parse(dynamic) : null;
  }

  /** The hash of DT_GNU_HASH, unsigned (glibc, {@code sysdeps/generic/dl-new-hash.h}). */
  static int gnuHash(String name) {
    int hash = 5381;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = hash * 33 + (b & 0xff);
    }
    return hash;
  }

  /** The hash of DT_HASH and of version names (gABI chapter 5, "Hash Table"). */
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
