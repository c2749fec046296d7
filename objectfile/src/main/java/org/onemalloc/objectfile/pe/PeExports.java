package org.onemalloc.objectfile.pe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;

/** The export table (Microsoft, "PE Format", section .edata). */
final class PeExports {
  private final PeHeader header;
  private final FileBytes bytes;
  private final PeHeader.Directory directory;
  private final Names names;
  private final long table;

  PeExports(PeHeader header) {
    this.header = header;
    this.bytes = header.bytes();
    this.directory = header.directory(PeHeader.EXPORTS);
    this.names = new Names(bytes);
    this.table =
        directory.address() == 0 ? -1 : header.offsetOf(directory.address(), "the export table");
  }

  /** Returns the name under which the DLL was linked. */
  Optional<String> name() {
    long address = table < 0 ? 0 : bytes.u32(table + 12);
    return address == 0
        ? Optional.empty()
        : Optional.of(names.at(header.offsetOf(address, "the name of the file")));
  }

  /** Returns the named exports in the order of the names, then the exports without a name. */
  List<PeExport> read() {
    long count = table < 0 ? 0 : bytes.u32(table + 20);
    if (count == 0) {
      return List.of();
    }
    long addresses = header.offsetOf(bytes.u32(table + 28), "the export addresses");
    bytes.check(addresses, 4 * count, "the export addresses");
    boolean[] named = new boolean[(int) count];
    List<PeExport> exports = new ArrayList<>();
    readNamed(addresses, named, exports);
    for (int i = 0; i < count; i++) {
      if (!named[i] && bytes.u32(addresses + 4L * i) != 0) {
        exports.add(export(addresses, i, ""));
      }
    }
    return List.copyOf(exports);
  }

  private void readNamed(long addresses, boolean[] named, List<PeExport> exports) {
    long count = bytes.u32(table + 24);
    if (count == 0) {
      return;
    }
    long pointers = header.offsetOf(bytes.u32(table + 32), "the export names");
    long ordinals = header.offsetOf(bytes.u32(table + 36), "the export ordinals");
    bytes.check(pointers, 4 * count, "the export names");
    bytes.check(ordinals, 2 * count, "the export ordinals");
    for (int i = 0; i < count; i++) {
      int index = bytes.u16(ordinals + 2L * i);
      if (index >= named.length) {
        throw bytes.malformed("export name %d has no address".formatted(i));
      }
      named[index] = true;
      long name = header.offsetOf(bytes.u32(pointers + 4L * i), "an export's name");
      exports.add(export(addresses, index, names.at(name)));
    }
  }

  private PeExport export(long addresses, int index, String symbol) {
    long address = bytes.u32(addresses + 4L * index);
    long ordinal = bytes.u32(table + 16) + index;
    boolean forwarded =
        address >= directory.address() && address < directory.address() + directory.size();
    if (!forwarded) {
      names.take(0);
      return new PeExport(ordinal, symbol, address, Optional.empty());
    }
    String target = names.at(header.offsetOf(address, "a forwarder"));
    return new PeExport(ordinal, symbol, 0, Optional.of(target));
  }
}
