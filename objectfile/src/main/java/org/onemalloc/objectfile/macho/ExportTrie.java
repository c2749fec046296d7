package org.onemalloc.objectfile.macho;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.onemalloc.objectfile.bytes.Cursor;
import org.onemalloc.objectfile.bytes.FileBytes;
import org.onemalloc.objectfile.bytes.Names;
import org.onemalloc.objectfile.macho.MachoExport.Reexport;

/**
 * The export trie of LC_DYLD_INFO or LC_DYLD_EXPORTS_TRIE: a prefix tree of names, in which each
 * node has its export and its edges ({@code mach-o/loader.h}).
 */
final class ExportTrie {
  private static final int KIND = 0x3;
  private static final int ABSOLUTE = 0x2;
  private static final int WEAK_DEFINITION = 0x4;
  private static final int REEXPORT = 0x8;

  private record Node(int offset, String prefix) {}

  private final FileBytes bytes;
  private final long start;
  private final long length;
  private final long base;
  private final Names names;

  ExportTrie(FileBytes bytes, long start, long length, long base) {
    this.bytes = bytes;
    this.start = bytes.check(start, length, "the export trie");
    this.length = length;
    this.base = base;
    this.names = new Names(bytes);
  }

  /** Returns all exports, in the order of the trie. */
  List<MachoExport> all() {
    List<MachoExport> exports = new ArrayList<>();
    if (length == 0) {
      return exports;
    }
    BitSet seen = new BitSet();
    Deque<Node> pending = new ArrayDeque<>();
    pending.push(new Node(0, ""));
    while (!pending.isEmpty()) {
      Node node = pending.pop();
      if (seen.get(node.offset())) {
        throw bytes.malformed("its export trie has a node twice");
      }
      seen.set(node.offset());
      Cursor in = at(node.offset());
      export(in, node.prefix()).ifPresent(exports::add);
      List<Node> children = new ArrayList<>();
      for (int edges = in.u8(); edges > 0; edges--) {
        String edge = in.text();
        names.take(node.prefix().length() + edge.length());
        children.add(new Node(child(in), node.prefix() + edge));
      }
      children.reversed().forEach(pending::push);
    }
    return exports;
  }

  /** Returns the export of a name, found as dyld finds it. */
  Optional<MachoExport> find(String symbol) {
    if (length == 0) {
      return Optional.empty();
    }
    int offset = 0;
    String rest = symbol;
    BitSet seen = new BitSet();
    while (!seen.get(offset)) {
      seen.set(offset);
      Cursor in = at(offset);
      Optional<MachoExport> export = export(in, symbol);
      // Old linkers put a name that is a prefix of other names under an edge without text.
      if (rest.isEmpty() && export.isPresent()) {
        return export;
      }
      int next = -1;
      String after = rest;
      for (int edges = in.u8(); edges > 0; edges--) {
        String edge = in.text();
        int child = child(in);
        if (next < 0 && rest.startsWith(edge)) {
          next = child;
          after = rest.substring(edge.length());
        }
      }
      if (next < 0) {
        return Optional.empty();
      }
      offset = next;
      rest = after;
    }
    throw bytes.malformed("its export trie has a node twice");
  }

  private Cursor at(int offset) {
    return new Cursor(bytes, names, start + offset, length - offset, "a node of the export trie");
  }

  private int child(Cursor in) {
    long child = in.uleb128();
    if (child <= 0 || child >= length) {
      throw bytes.malformed("its export trie has a node outside");
    }
    return (int) child;
  }

  /** Returns the export of the node; leaves the cursor at the edges. */
  private Optional<MachoExport> export(Cursor in, String symbol) {
    long size = in.uleb128();
    int begin = in.position();
    if (size < 0 || size > start + length - begin) {
      throw bytes.malformed("its export trie has a node outside");
    }
    if (size == 0) {
      return Optional.empty();
    }
    Cursor payload = new Cursor(bytes, names, begin, size, "an export");
    long flags = payload.uleb128();
    boolean weak = (flags & WEAK_DEFINITION) != 0;
    MachoExport export;
    if ((flags & REEXPORT) != 0) {
      int ordinal = (int) Math.min(payload.uleb128() & Long.MAX_VALUE, Integer.MAX_VALUE);
      String there = payload.text();
      String name = there.isEmpty() ? symbol : there;
      export = new MachoExport(symbol, 0, weak, Optional.of(new Reexport(ordinal, name)));
    } else {
      long value = payload.uleb128();
      long address = (flags & KIND) == ABSOLUTE ? value : base + value;
      export = new MachoExport(symbol, address, weak, Optional.empty());
    }
    in.skip((int) size);
    return Optional.of(export);
  }
}
