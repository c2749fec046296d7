package org.onemalloc.objectfile.pe;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;

/**
 * The import table and the delay import table (Microsoft, "PE Format", sections .idata, .didat).
 */
final class PeImports {
  private final PeHeader header;
  private final FileBytes bytes;
  private final Names names;
  private final List<PeImport> imports = new ArrayList<>();

  PeImports(PeHeader header) {
    this.header = header;
    this.bytes = header.bytes();
    this.names = new Names(bytes);
  }

  List<PeImport> read() {
    PeHeader.Directory table = header.directory(PeHeader.IMPORTS);
    if (table.address() != 0) {
      readTable(header.offsetOf(table.address(), "the import table"));
    }
    PeHeader.Directory delayed = header.directory(PeHeader.DELAYED_IMPORTS);
    if (delayed.address() != 0) {
      readDelayed(header.offsetOf(delayed.address(), "the delay import table"));
    }
    return List.copyOf(imports);
  }

  private void readTable(long table) {
    for (long at = table; bytes.u32(at + 12) != 0 && bytes.u32(at + 16) != 0; at += 20) {
      long lookup = bytes.u32(at);
      // Old linkers write no lookup table. In the file, the address table has the same content.
      long thunks = lookup != 0 ? lookup : bytes.u32(at + 16);
      readThunks(library(bytes.u32(at + 12)), thunks, false, 0);
    }
  }

  private void readDelayed(long table) {
    for (long at = table; bytes.u32(at + 4) != 0; at += 32) {
      // Linkers before Visual C++ 7 write addresses that are not relative to the image.
      long base = (bytes.u32(at) & 1) != 0 ? 0 : header.imageBase();
      readThunks(library(bytes.u32(at + 4) - base), bytes.u32(at + 16) - base, true, base);
    }
  }

  private String library(long address) {
    return names.at(header.offsetOf(address, "a library's name"));
  }

  private void readThunks(String library, long address, boolean delayed, long base) {
    int size = header.wide() ? 8 : 4;
    long at = header.offsetOf(address, "the imports of " + library);
    for (; ; at += size) {
      long thunk = bytes.word(at, header.wide());
      if (thunk == 0) {
        return;
      }
      boolean byOrdinal = header.wide() ? thunk < 0 : (thunk & 0x8000_0000L) != 0;
      if (byOrdinal) {
        names.take(0);
        imports.add(new PeImport(library, "", (int) (thunk & 0xffff), delayed));
      } else {
        long hint = header.offsetOf(thunk - base, "the name of an import of " + library);
        imports.add(new PeImport(library, names.at(hint + 2), 0, delayed));
      }
    }
  }
}
