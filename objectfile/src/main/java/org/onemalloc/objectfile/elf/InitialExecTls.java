package org.onemalloc.objectfile.elf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.onemalloc.objectfile.ObjectFileException;

/**
 * Converts a library from the general-dynamic and local-dynamic TLS models to the initial-exec
 * model: instead of calling {@code __tls_get_addr} to find its thread-local variables, the library
 * adds an offset that is fixed at start. The manual of glibc requires this model of a library that
 * replaces malloc.
 *
 * <p>The reason: after a {@code dlopen} of a library with thread-local variables, {@code
 * __tls_get_addr} may have to enlarge a table. For that it calls malloc, which calls {@code
 * __tls_get_addr}. A JVM that loads fourteen such libraries crashes from this recursion.
 *
 * <p>The conversion supports x86-64 code as GNU and LLVM compilers and linkers write it. On
 * aarch64, compilers use TLS descriptors, which the loader resolves to a plain offset in a library
 * loaded at start, so no conversion is necessary ({@link ElfFile#hasDynamicTls()} is false). Files
 * for other machines are refused.
 *
 * <p>The result must be loaded when the program starts: linked or preloaded. {@code dlopen} refuses
 * it unless the loader has enough static TLS left.
 */
/*
 * Design note. The conversion makes four changes, none of which moves anything (psABI x86-64,
 * "Thread-Local Storage", and "ELF Handling For Thread-Local Storage" 4.3):
 *
 * 1. The pair of GOT words that a call passes contains (module, offset). R_X86_64_DTPMOD64 of the
 *    first word becomes R_X86_64_TPOFF64 with the second word as addend. The first word then
 *    contains the variable's offset from the thread pointer.
 * 2. The PLT entry of __tls_get_addr becomes "thread pointer plus the first word". This change
 *    alone makes every call correct, whatever its form.
 * 3. The padded 16-byte general-dynamic call is replaced in place by two instructions, because it
 *    is on the fast path of malloc and takes half of its time.
 * 4. DF_STATIC_TLS is set, for the loader.
 *
 * The library is refused unless every reference to __tls_get_addr, to its PLT entry, to the GOT
 * word of that entry and to the pairs has one of the known forms. References are found by comparing
 * the 32-bit displacement at every byte of the code, so that the result does not depend on a
 * disassembler. A chance match leads to a refusal, never to a wrong change.
 */
public final class InitialExecTls {
  private static final byte[] LEAD = bytes("66488d3d");
  private static final byte[] MIDDLE = bytes("666648e8");
  private static final byte[] LOCAL_LEAD = bytes("488d3d");
  private static final byte[] LOAD_THREAD_POINTER = bytes("64488b042500000000");
  private static final byte[] ADD_FROM_RIP = bytes("480305");
  private static final byte[] ADD_FROM_ARGUMENT_AND_RETURN = bytes("480307c3");
  private static final int GENERAL_SIZE = 16;
  private static final String FUNCTION = "__tls_get_addr";

  private final ElfFile library;
  private final ElfBytes code;
  private final List<Integer> generalCalls = new ArrayList<>();
  private final Set<Long> knownDisplacements = new HashSet<>();
  private final TreeSet<Long> pairs = new TreeSet<>();
  private long gotWord;
  private long pltEntry = -1;

  private InitialExecTls(ElfFile library) {
    this.library = library;
    this.code = library.header().bytes();
  }

  /**
   * Converts a library.
   *
   * @param library an x86-64 shared library for which {@link ElfFile#hasDynamicTls()} is true
   * @return the new file, of the same size
   * @throws ObjectFileException if the library is for another machine, or its use of {@code
   *     __tls_get_addr} is not exactly as expected; the message gives the difference
   */
  public static byte[] convert(ElfFile library) {
    return new InitialExecTls(library).convert();
  }

  private byte[] convert() {
    if (!library.machine().equals(ElfMachine.X86_64)
        || !library.is64Bit()
        || library.type() != ElfType.DYN) {
      throw refusal("only x86-64 shared libraries can be converted");
    }
    if (!library.imports(FUNCTION)) {
      throw refusal("it does not call " + FUNCTION);
    }
    checkRelocations();
    findPltEntry();
    findCalls();
    checkOtherReferences();
    ElfEditor editor = new ElfEditor(library);
    ElfBytes out = editor.bytes();
    rewriteRelocations(out);
    int entry = offset(pltEntry);
    out.put(entry, LOAD_THREAD_POINTER);
    out.put(entry + LOAD_THREAD_POINTER.length, ADD_FROM_ARGUMENT_AND_RETURN);
    generalCalls.forEach(at -> relax(out, at));
    long flags = library.dynamic().valueOr(Elf.DT_FLAGS, 0);
    editor.dynamic().setOrAdd(Elf.DT_FLAGS, flags | Elf.DF_STATIC_TLS);
    return editor.finish();
  }

  private void checkRelocations() {
    List<Long> gotWords = new ArrayList<>();
    List<ElfSymbol> symbols = library.dynamicSymbols();
    for (ElfRelocation relocation : library.relocations()) {
      boolean isCallee = symbols.get(relocation.symbolIndex()).name().equals(FUNCTION);
      if (isCallee && relocation.type() != Elf.R_X86_64_JUMP_SLOT) {
        throw refusal("it takes the address of " + FUNCTION + " other than for its PLT");
      }
      if (isCallee) {
        gotWords.add(relocation.offset());
      }
      if (relocation.type() == Elf.R_X86_64_DTPMOD64) {
        if (relocation.symbolIndex() != 0 || relocation.isJumpSlot()) {
          throw refusal("a thread-local variable of it can be replaced by another library's");
        }
        pairs.add(relocation.offset());
      }
      if (relocation.type() == Elf.R_X86_64_DTPOFF64 || relocation.type() == Elf.R_X86_64_TLSDESC) {
        throw refusal("it has TLS relocations of type " + relocation.type());
      }
    }
    if (pairs.isEmpty()) {
      throw refusal("it has no general-dynamic thread-local storage");
    }
    if (gotWords.size() != 1) {
      throw refusal("it has %d PLT entries for %s, not one".formatted(gotWords.size(), FUNCTION));
    }
    gotWord = gotWords.getFirst();
  }

  /** Finds the only {@code jmp *gotWord(%rip); push $n; jmp PLT0}. */
  private void findPltEntry() {
    forEachDisplacement(
        (at, address) -> {
          if (target(at, address) != gotWord) {
            return;
          }
          boolean isEntry =
              matches(at - 2, bytes("ff25"))
                  && matches(at + 4, bytes("68"))
                  && matches(at + 9, bytes("e9"))
                  && (address - 2) % 16 == 0;
          if (!isEntry || pltEntry >= 0) {
            throw refusal(
                "the code at 0x%x uses the GOT word of %s in an unknown way"
                    .formatted(address, FUNCTION));
          }
          pltEntry = address - 2;
        });
    if (pltEntry < 0) {
      throw refusal("no PLT entry of " + FUNCTION + " was found");
    }
  }

  private void findCalls() {
    forEachDisplacement(
        (at, address) -> {
          if (target(at, address) != pltEntry) {
            return;
          }
          boolean isGeneral = matches(at - 4, MIDDLE) && matches(at - 12, LEAD);
          boolean isLocal = matches(at - 1, bytes("e8")) && matches(at - 8, LOCAL_LEAD);
          int back = isGeneral ? 8 : 5;
          if ((!isGeneral && !isLocal) || !pairs.contains(target(at - back, address - back))) {
            throw refusal(
                "the code at 0x%x refers to %s in an unknown way".formatted(address, FUNCTION));
          }
          knownDisplacements.add(address - back);
          if (isGeneral) {
            generalCalls.add(at - 12);
          }
        });
    if (generalCalls.isEmpty()) {
      throw refusal("it never calls " + FUNCTION + " in the general-dynamic form");
    }
  }

  /** Checks that only the calls found use the pairs. */
  private void checkOtherReferences() {
    long first = pairs.first();
    long last = pairs.last() + 8;
    forEachDisplacement(
        (at, address) -> {
          long target = target(at, address);
          boolean isNear = target >= first - 4 && target <= last;
          if (!isNear || knownDisplacements.contains(address)) {
            return;
          }
          for (int immediate : new int[] {0, 1, 2, 4}) {
            if (pairs.contains(target + immediate) || pairs.contains(target + immediate - 8)) {
              throw refusal("the code at 0x%x reads a TLS entry of the GOT".formatted(address));
            }
          }
        });
    for (ElfRelocation relocation : library.relocations()) {
      if (relocation.type() == Elf.R_X86_64_RELATIVE) {
        checkPointer(relocation.addend());
      }
      if (pairs.contains(relocation.offset() - 8)) {
        throw refusal("the second word of a TLS entry of the GOT is relocated");
      }
    }
    library.relativeRelocations().forEach(address -> checkPointer(code.i64(offset(address))));
  }

  private void checkPointer(long value) {
    if (value == pltEntry || value == gotWord || pairs.contains(value)) {
      throw refusal("its data points to 0x%x, which would be changed".formatted(value));
    }
  }

  private void rewriteRelocations(ElfBytes out) {
    long size = library.dynamic().valueOr(Elf.DT_RELASZ, 0);
    int table = library.dynamic().tableOffset(Elf.DT_RELA, size, "the relocation table");
    for (long at = table; at < table + size; at += 24) {
      if (out.u32(at + 8) == Elf.R_X86_64_DTPMOD64) {
        out.putI64(at + 16, out.i64(offset(out.i64(at) + 8)));
        out.putI64(at + 8, Elf.R_X86_64_TPOFF64);
      }
    }
  }

  private static void relax(ElfBytes out, int at) {
    int displacement = out.i32(at + 4L) + 8 - GENERAL_SIZE;
    out.put(at, LOAD_THREAD_POINTER);
    out.put(at + LOAD_THREAD_POINTER.length, ADD_FROM_RIP);
    out.putU32(at + 12L, displacement);
  }

  @FunctionalInterface
  private interface DisplacementAction {
    void at(int offset, long address);
  }

  private void forEachDisplacement(DisplacementAction action) {
    for (ElfSegment segment : library.segments()) {
      if (segment.isLoad() && segment.isExecutable()) {
        int start = (int) segment.offset();
        int end = (int) segment.endOffset();
        for (int at = start; at <= end - 4; at++) {
          action.at(at, segment.virtualAddress() + (at - start));
        }
      }
    }
  }

  /**
   * Returns the address that the 32-bit displacement here refers to if the instruction ends with
   * it.
   */
  private long target(int at, long address) {
    return address + 4 + code.i32(at);
  }

  private boolean matches(int at, byte[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (at < 0 || at + i >= code.size() || code.array()[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private int offset(long address) {
    return library.header().requireOffset(address, 8, "a thread-local storage entry");
  }

  private ObjectFileException refusal(String why) {
    return new ObjectFileException(
        "The thread-local storage of %s cannot be made initial-exec: %s."
            .formatted(library.name(), why));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
