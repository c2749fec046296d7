package org.onemalloc.objectfile.elf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The output of {@code readelf -W -d -l -r --dyn-syms} for a file, as comparable lines. */
final class ReadelfOutput {
  private static final Pattern SEGMENT =
      Pattern.compile(
          "  \\S+ +0x(\\w+) 0x(\\w+) 0x\\w+ 0x(\\w+) 0x(\\w+) ([R ][W ][E ]) (?:0x)?(\\w+)");
  private static final Pattern INTERPRETER =
      Pattern.compile(" +\\[Requesting program interpreter: (.*)\\]");
  private static final Pattern DYNAMIC = Pattern.compile(" 0x(\\w+) \\((\\S+)\\) *(.*)");
  private static final Pattern SYMBOL =
      Pattern.compile(
          " +(\\d+): (\\w+) +(\\w+) (\\w+) +(\\w+) +(\\w+) +(?:\\[[^]]*\\] +)?(\\w+) ?(.*)");
  private static final Pattern RELOCATION =
      Pattern.compile("(\\w{8,16}) +(\\w{8,16}) (\\S+)(?: +(.*))?");
  private static final Pattern ADDEND = Pattern.compile("(?:.* ([+-]) )?(-?)([0-9a-f]+)");
  private static final Pattern RELATIVE = Pattern.compile("(?:0x)?(\\w{16}|\\w{8})");

  private final Path file;
  private final List<String> headers = new ArrayList<>();
  private final List<String> symbols = new ArrayList<>();
  private final List<String> relocations = new ArrayList<>();
  private final Set<String> addendless = new HashSet<>();
  private boolean inRelative;

  ReadelfOutput(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  List<String> lines() {
    List<String> all = new ArrayList<>(headers);
    all.addAll(symbols);
    Collections.sort(relocations);
    all.addAll(relocations);
    return all;
  }

  /**
   * Removes the relocations of a statically linked program: they are in a section that no loader
   * knows (IRELATIVE, applied by the program's own start).
   */
  void dropRelocations() {
    relocations.clear();
  }

  void add(String text) {
    String line =
        !text.contains("<OS specific>: 10")
            ? text
            : text.replaceFirst("^( *\\d+: \\w+ +\\w+ )<OS specific>: 10", "$1IFUNC")
                .replaceFirst("<OS specific>: 10", "UNIQUE");
    if (line.startsWith("Relocation section")) {
      inRelative = line.contains("relr");
      return;
    }
    Matcher segment = SEGMENT.matcher(line);
    Matcher interpreter = INTERPRETER.matcher(line);
    Matcher dynamic = DYNAMIC.matcher(line);
    Matcher symbol = SYMBOL.matcher(line);
    Matcher relocation = RELOCATION.matcher(line);
    Matcher relative = RELATIVE.matcher(line);
    if (segment.matches()) {
      addSegment(segment);
    } else if (interpreter.matches()) {
      headers.add("interpreter " + interpreter.group(1));
    } else if (dynamic.matches() && !dynamic.group(2).equals("NULL")) {
      headers.add("tag " + hex(dynamic.group(1)) + dynamicText(dynamic.group(3)));
    } else if (symbol.matches()) {
      addSymbol(symbol);
    } else if (inRelative && relative.matches()) {
      relocations.add("relative " + hex(relative.group(1)));
    } else if (!inRelative && relocation.matches()) {
      addRelocation(relocation);
    }
  }

  private static String hex(String digits) {
    return Long.toHexString(Long.parseUnsignedLong(digits, 16));
  }

  private void addSegment(Matcher m) {
    headers.add(
        "segment %s %s %s %s %s %s"
            .formatted(
                hex(m.group(1)),
                hex(m.group(2)),
                hex(m.group(3)),
                hex(m.group(4)),
                m.group(5),
                hex(m.group(6))));
  }

  private static String dynamicText(String value) {
    Matcher named = Pattern.compile("(?:Shared library|Library \\w+): \\[(.*)\\]").matcher(value);
    return named.matches() ? " " + named.group(1) : "";
  }

  private void addSymbol(Matcher m) {
    String size = m.group(3);
    long bytes = size.startsWith("0x") ? Long.decode(size) : Long.parseLong(size);
    symbols.add(
        "symbol %s %s %d %s %s %s %s %s"
            .formatted(
                m.group(1),
                hex(m.group(2)),
                bytes,
                m.group(4),
                m.group(5),
                m.group(6),
                m.group(7),
                m.group(4).equals("SECTION")
                    ? ""
                    : m.group(8).replaceFirst(" \\(\\d+\\)$", "").strip()));
  }

  private void addRelocation(Matcher m) {
    String place = hex(m.group(1)) + " " + hex(m.group(2));
    Matcher addend = ADDEND.matcher(m.group(4) == null ? "" : m.group(4));
    boolean known = addend.matches() && (addend.group(1) != null || !m.group(4).contains(" "));
    if (!known) {
      addendless.add(place);
      relocations.add("relocation " + place);
      return;
    }
    long value = Long.parseUnsignedLong(addend.group(3), 16);
    boolean negative = "-".equals(addend.group(1)) || "-".equals(addend.group(2));
    relocations.add("relocation " + place + " " + Long.toHexString(negative ? -value : value));
  }

  /**
   * Returns the same lines as read by this module, with addends where {@code expected} has them.
   */
  static ReadelfOutput of(ElfFile elf, ReadelfOutput expected) {
    ReadelfOutput own = new ReadelfOutput(expected.file);
    for (ElfSegment s : elf.segments()) {
      String flags =
          ((s.flags() & 4) != 0 ? "R" : " ")
              + (s.isWritable() ? "W" : " ")
              + (s.isExecutable() ? "E" : " ");
      own.headers.add(
          "segment %x %x %x %x %s %x"
              .formatted(
                  s.offset(),
                  s.virtualAddress(),
                  s.fileSize(),
                  s.memorySize(),
                  flags,
                  s.alignment()));
      if (s.type() == Elf.PT_INTERP) {
        own.headers.add("interpreter " + elf.interpreter().orElseThrow());
      }
    }
    int needed = 0;
    for (ElfDynamicEntry entry : elf.dynamicEntries()) {
      String text =
          switch ((int) entry.tag()) {
            case 1 -> " " + elf.needed().get(needed++);
            case 14 -> " " + elf.soname().orElseThrow();
            case 15 -> " " + elf.rpath().orElseThrow();
            case 29 -> " " + elf.runpath().orElseThrow();
            default -> "";
          };
      own.headers.add("tag %x%s".formatted(entry.tag(), text));
    }
    long definitions =
        elf.dynamicEntries().stream()
            .filter(e -> e.tag() == Elf.DT_VERDEFNUM)
            .mapToLong(ElfDynamicEntry::value)
            .sum();
    elf.dynamicSymbols().forEach(s -> own.symbols.add(text(s, definitions)));
    for (ElfRelocation r : elf.relocations()) {
      int shift = elf.is64Bit() ? 32 : 8;
      long info = (long) r.symbolIndex() << shift | Integer.toUnsignedLong(r.type());
      String place = "%x %x".formatted(r.offset(), info);
      boolean bare = expected.addendless.contains(place);
      own.relocations.add("relocation " + place + (bare ? "" : " " + Long.toHexString(r.addend())));
    }
    elf.relativeRelocations().forEach(a -> own.relocations.add("relative %x".formatted(a)));
    return own;
  }

  /**
   * Returns a symbol as readelf prints it: with "@@" if the file defines the version. Linkers
   * number these versions first, from 1. A variable that is copied from a library is defined in the
   * file, but the file needs its version from the library: readelf prints "@".
   */
  private static String text(ElfSymbol s, long definitions) {
    String section =
        switch (s.sectionIndex()) {
          case 0 -> "UND";
          case Elf.SHN_ABS -> "ABS";
          default -> Integer.toString(s.sectionIndex());
        };
    boolean ownVersion = s.isDefined() && s.versionIndex() <= definitions;
    String at = ownVersion ? "@@" : "@";
    String version = s.version().isEmpty() || s.version().equals(s.name()) ? "" : at + s.version();
    return String.format(
        Locale.ROOT,
        "symbol %d %x %d %s %s %s %s %s",
        s.index(),
        s.value(),
        s.size(),
        s.type(),
        s.binding(),
        s.visibility(),
        section,
        (s.name() + version).strip());
  }
}
