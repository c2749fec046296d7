package org.onemalloc.inspect.archive;

import java.io.IOException;
import java.nio.file.Path;

/** A file, an entry of an archive or a member of a static library, before it is recognised. */
interface Item {
  /** Returns its path; inside an archive {@code archive!/entry}. */
  String name();

  /** Returns its size in bytes, not compressed. */
  long size() throws IOException;

  /** Returns its first bytes, at most {@link Magic#LENGTH}. */
  byte[] start() throws IOException;

  /** Returns all its bytes, read again at each call, also after the walk. */
  byte[] whole() throws IOException;

  /** Returns its bytes for random access during the walk. */
  RandomBytes content() throws IOException;

  /** Opens it as an archive. */
  ZipArchive archive() throws IOException;

  /** A file on disk. */
  record OnDisk(Path path, RandomBytes content) implements Item {
    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public long size() throws IOException {
      return content.size();
    }

    @Override
    public byte[] start() throws IOException {
      return content.read(0, Magic.LENGTH);
    }

    @Override
    public byte[] whole() throws IOException {
      return content.read(0, content.size());
    }

    @Override
    public ZipArchive archive() throws IOException {
      return new ZipArchive(content, name(), ZipArchive.budgetFor(content.size()));
    }
  }

  /** An entry of an archive. */
  record InArchive(ZipArchive outer, ZipEntries.Entry entry) implements Item {
    @Override
    public String name() {
      return outer.pathOf(entry);
    }

    @Override
    public long size() {
      return entry.size();
    }

    @Override
    public byte[] start() throws IOException {
      return outer.start(entry, Magic.LENGTH);
    }

    @Override
    public byte[] whole() throws IOException {
      return outer.unpack(entry);
    }

    @Override
    public RandomBytes content() throws IOException {
      return outer.content(entry);
    }

    @Override
    public ZipArchive archive() throws IOException {
      return outer.open(entry);
    }
  }
}
