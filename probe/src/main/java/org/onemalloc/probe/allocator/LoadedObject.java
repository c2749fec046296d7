package org.onemalloc.probe.allocator;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.probe.process.Mapping;
import org.onemalloc.probe.process.OwnMemory;

/**
 * An ELF object that the loader has loaded, read from memory: also a library whose file was removed
 * after it was loaded, as many Java libraries do.
 *
 * @param mapping its first mapping
 * @param end the address after its last segment
 * @param calls the slots of its relocations against functions that allocate or free
 * @param undefined which of these functions it takes from others
 * @param exported which of these functions, and of {@link #MARKS}, it defines for others
 */
record LoadedObject(
    Mapping mapping, long end, List<Slot> calls, Set<String> undefined, Set<String> exported) {

  /** The malloc family, as far as it allocates and frees. */
  static final Set<String> FAMILY =
      Set.of(
          "malloc",
          "calloc",
          "realloc",
          "free",
          "cfree",
          "posix_memalign",
          "aligned_alloc",
          "memalign",
          "valloc",
          "pvalloc");

  /** The names by which an allocator is told (allocators/Kind has the same rule). */
  static final List<String> MARKS =
      List.of(
          "gnu_get_libc_version",
          "tc_version",
          "sn_rust_alloc",
          "mi_version",
          "mallctl",
          "je_mallctl");

  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;
  private static final int SYMBOL_BYTES = 24;
  private static final int RELA_BYTES = 24;

  /**
   * A word that holds the address of a function.
   *
   * @param function the function's name
   * @param address where the word is
   * @param isCall whether only the loader sets it; otherwise it is data, which the program may have
   *     changed
   */
  record Slot(String function, long address, boolean isCall) {}

  /** Returns whether a function allocates or frees: the family, or an operator of C++. */
  static boolean allocates(String function) {
    return FAMILY.contains(function) || isOperator(function);
  }

  static boolean isOperator(String function) {
    return function.startsWith("_Znw")
        || function.startsWith("_Zna")
        || function.startsWith("_Zdl")
        || function.startsWith("_Zda");
  }

  /**
   * Returns whether a mapping is a part of this object. The mapping of another segment can have the
   * offset 0 too: a small file lies in one page.
   */
  boolean covers(Mapping other) {
    return other.isSameFile(mapping)
        && Long.compareUnsigned(other.start(), mapping.start()) > 0
        && Long.compareUnsigned(other.start(), end) < 0;
  }

  String file() {
    return mapping.file();
  }

  /**
   * Reads an object.
   *
   * @param first a mapping of the beginning of a file
   * @return the object; empty if the file is not one that the loader has loaded
   * @throws IOException if its tables cannot be read
   */
  static Optional<LoadedObject> of(Mapping first, List<Mapping> mappings, OwnMemory memory)
      throws IOException {
    if (!first.isReadable() || first.end() - first.start() < 64) {
      return Optional.empty();
    }
    ByteBuffer header = memory.read(first.start(), 64);
    boolean elf = header.getInt(0) == 0x464c457f;
    boolean isLoaded =
        mappings.stream().anyMatch(other -> other.isSameFile(first) && other.isExecutable());
    if (!elf || !isLoaded) {
      return Optional.empty();
    }
    if (header.get(4) != 2 || header.get(5) != 1) {
      throw new IOException("it is not an object of 64 bits in little-endian order");
    }
    return Optional.of(new Reader(first, header, mappings, memory).read());
  }

  /** Reads the tables of one object (gABI, chapters 4 and 5). */
  private static final class Reader {
    private final Mapping first;
    private final OwnMemory memory;
    private final int machine;
    private long base;
    private long dynamic;
    private long end;
    private long symbolTable;
    private long stringTable;
    private long stringBytes;
    private long relocations;
    private long relocationBytes;
    private long jumps;
    private long jumpBytes;
    private long gnuHash;
    private long hash;

    Reader(Mapping first, ByteBuffer header, List<Mapping> mappings, OwnMemory memory)
        throws IOException {
      this.first = first;
      this.memory = memory;
      this.machine = Short.toUnsignedInt(header.getShort(18));
      if (machine != X86_64 && machine != AARCH64) {
        throw new IOException("its machine is neither x86-64 nor aarch64");
      }
      int entryBytes = Short.toUnsignedInt(header.getShort(54));
      int entries = Short.toUnsignedInt(header.getShort(56));
      ByteBuffer headers = programHeaders(header.getLong(32), entryBytes * entries, mappings);
      boolean found = false;
      for (int at = 0; at + 56 <= headers.limit(); at += entryBytes) {
        int type = headers.getInt(at);
        if (type == 1 && !found && headers.getLong(at + 8) < 4096) { // PT_LOAD
          base = first.start() - (headers.getLong(at + 16) & -4096L);
          found = true;
        }
        if (type == 1) {
          end = Math.max(end, base + headers.getLong(at + 16) + headers.getLong(at + 40));
        } else if (type == 2) { // PT_DYNAMIC
          dynamic = headers.getLong(at + 16);
        }
      }
      if (!found) {
        throw new IOException("it has no segment at its beginning");
      }
    }

    /** The headers of an object that was edited may be in a later segment, or in none. */
    private ByteBuffer programHeaders(long offset, int length, List<Mapping> mappings)
        throws IOException {
      for (Mapping mapping : mappings) {
        boolean holds =
            mapping.isSameFile(first)
                && mapping.isReadable()
                && offset >= mapping.offset()
                && offset + length <= mapping.offset() + (mapping.end() - mapping.start());
        if (holds) {
          return memory.read(mapping.start() + (offset - mapping.offset()), length);
        }
      }
      byte[] bytes = new byte[length];
      try (RandomAccessFile file = new RandomAccessFile(first.file(), "r")) {
        file.seek(offset);
        file.readFully(bytes);
      }
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    LoadedObject read() throws IOException {
      Set<String> exported = new HashSet<>();
      Set<String> undefined = new HashSet<>();
      List<Slot> slots = new ArrayList<>();
      if (dynamic != 0) {
        readDynamic();
        ByteBuffer strings = memory.read(stringTable, stringBytes);
        exports(strings, exported);
        relocations(relocations, relocationBytes, strings, slots, undefined);
        relocations(jumps, jumpBytes, strings, slots, undefined);
      }
      return new LoadedObject(first, end, slots, undefined, exported);
    }

    private void readDynamic() throws IOException {
      for (long at = base + dynamic; ; at += 16) {
        ByteBuffer entry = memory.read(at, 16);
        long value = entry.getLong(8);
        switch ((int) entry.getLong(0)) {
          case 0 -> {
            return;
          }
          case 2 -> jumpBytes = value;
          case 4 -> hash = address(value);
          case 5 -> stringTable = address(value);
          case 6 -> symbolTable = address(value);
          case 7 -> relocations = address(value);
          case 8 -> relocationBytes = value;
          case 10 -> stringBytes = value;
          case 23 -> jumps = address(value);
          case 0x6ffffef5 -> gnuHash = address(value);
          default -> {}
        }
      }
    }

    /** glibc's loader has added the base to most addresses; other loaders have not. */
    private long address(long value) {
      return Long.compareUnsigned(value, base) < 0 ? base + value : value;
    }

    private void relocations(
        long table, long bytes, ByteBuffer strings, List<Slot> slots, Set<String> undefined)
        throws IOException {
      if (table == 0 || bytes == 0) {
        return;
      }
      ByteBuffer entries = memory.read(table, bytes);
      int most = 0;
      for (int at = 0; at + RELA_BYTES <= entries.limit(); at += RELA_BYTES) {
        most = Math.max(most, (int) (entries.getLong(at + 8) >>> 32));
      }
      ByteBuffer symbols = memory.read(symbolTable, (most + 1L) * SYMBOL_BYTES);
      for (int at = 0; at + RELA_BYTES <= entries.limit(); at += RELA_BYTES) {
        int symbol = (int) (entries.getLong(at + 8) >>> 32);
        int type = entries.getInt(at + 8);
        if (symbol == 0 || entries.getLong(at + 16) != 0 || !(isCall(type) || isData(type))) {
          continue;
        }
        String name = string(strings, symbols.getInt(symbol * SYMBOL_BYTES));
        if (allocates(name)) {
          if (symbols.getShort(symbol * SYMBOL_BYTES + 6) == 0) {
            undefined.add(name);
          }
          slots.add(new Slot(name, base + entries.getLong(at), isCall(type)));
        }
      }
    }

    /** R_X86_64_GLOB_DAT and JUMP_SLOT, R_AARCH64_GLOB_DAT and JUMP_SLOT. */
    private boolean isCall(int type) {
      return machine == X86_64 ? type == 6 || type == 7 : type == 1025 || type == 1026;
    }

    /** R_X86_64_64 and R_AARCH64_ABS64. */
    private boolean isData(int type) {
      return machine == X86_64 ? type == 1 : type == 257;
    }

    private void exports(ByteBuffer strings, Set<String> exported) throws IOException {
      int count = hash != 0 ? memory.read(hash, 8).getInt(4) : gnuSymbols();
      if (count == 0) {
        return;
      }
      ByteBuffer symbols = memory.read(symbolTable, (long) count * SYMBOL_BYTES);
      for (int at = 0; at < symbols.limit(); at += SYMBOL_BYTES) {
        boolean isGlobal = (symbols.get(at + 4) & 0xf0) != 0;
        if (isGlobal && symbols.getShort(at + 6) != 0) {
          String name = string(strings, symbols.getInt(at));
          if (allocates(name) || MARKS.contains(name)) {
            exported.add(name);
          }
        }
      }
    }

    /** The table has no count: the chain of the last bucket ends with the last symbol. */
    private int gnuSymbols() throws IOException {
      if (gnuHash == 0) {
        return 0;
      }
      ByteBuffer header = memory.read(gnuHash, 16);
      int buckets = header.getInt(0);
      long start = gnuHash + 16 + 8L * header.getInt(8);
      ByteBuffer table = memory.read(start, 4L * buckets);
      int last = 0;
      for (int i = 0; i < buckets; i++) {
        last = Math.max(last, table.getInt(4 * i));
      }
      if (last == 0) {
        return 0;
      }
      long chains = start + 4L * buckets;
      while ((memory.read(chains + 4L * (last - header.getInt(4)), 4).getInt(0) & 1) == 0) {
        last++;
      }
      return last + 1;
    }

    private static String string(ByteBuffer strings, int at) {
      int end = at;
      while (strings.get(end) != 0) {
        end++;
      }
      byte[] name = new byte[end - at];
      strings.get(at, name);
      return new String(name, StandardCharsets.ISO_8859_1);
    }
  }
}
