package org.onemalloc.internal.checked;

import java.util.List;
import org.onemalloc.Finding;
import org.onemalloc.Finding.Kind;
import org.onemalloc.Trace;

/**
 * A block of a {@link GuardedRegion}: its pages, and the stacks and threads that allocated and
 * freed it. Guarded by the region's lock.
 */
final class GuardedBlock {
  /** memfd_create(2) takes a name of at most 249 bytes. */
  private static final int LABEL_MAX = 249;

  private final int first;
  private final int count;
  private final long start;
  private final long address;
  private final long size;
  private final long alignment;
  private final long end;
  private int site;
  private final long thread;
  private int freeSite = Sites.NONE;
  private long freeThread;

  /**
   * Creates a live block.
   *
   * @param first the number of its first slot
   * @param count the number of its slots
   * @param start the address of its first page
   * @param address its address
   * @param size the requested size
   * @param alignment the requested alignment
   * @param end the address of the guard
   * @param site the stack that allocates it
   * @param thread the thread that allocates it
   */
  GuardedBlock(
      int first,
      int count,
      long start,
      long address,
      long size,
      long alignment,
      long end,
      int site,
      long thread) {
    this.first = first;
    this.count = count;
    this.start = start;
    this.address = address;
    this.size = size;
    this.alignment = alignment;
    this.end = end;
    this.site = site;
    this.thread = thread;
  }

  int first() {
    return first;
  }

  int count() {
    return count;
  }

  long start() {
    return start;
  }

  long end() {
    return end;
  }

  long address() {
    return address;
  }

  long size() {
    return size;
  }

  long alignment() {
    return alignment;
  }

  int site() {
    return site;
  }

  long thread() {
    return thread;
  }

  void under(String tag) {
    site = Sites.tagged(site, tag);
  }

  boolean freed() {
    return freeSite != Sites.NONE;
  }

  void freeAt(int where, long by) {
    freeSite = where;
    freeThread = by;
  }

  /** Returns the name of the mapping of the block, and of the guard after it. */
  String label() {
    return label("allocated", Sites.trace(site, thread));
  }

  /** Returns the name of the mapping of the freed block. */
  String freedLabel() {
    return label("freed", Sites.trace(freeSite, freeThread));
  }

  /**
   * Returns a label with the block and, as far as there is room, the thread and the frames of a
   * trace.
   */
  private String label(String done, Trace trace) {
    StringBuilder label = new StringBuilder("onemalloc: ").append(size).append(" B at 0x");
    label.append(Long.toHexString(address)).append(", ").append(done).append(" by thread ");
    label.append(trace.thread()).append(':');
    String between = " ";
    for (StackTraceElement frame : trace.frames()) {
      String text = withoutModule(frame);
      if (label.length() + between.length() + text.length() > LABEL_MAX) {
        break;
      }
      label.append(between).append(text);
      between = " < ";
    }
    label.setLength(Math.min(label.length(), LABEL_MAX));
    return label.toString();
  }

  private static String withoutModule(StackTraceElement frame) {
    return new StackTraceElement(
            frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber())
        .toString();
  }

  /** Fills the bytes around the block on its pages. */
  void fill() {
    Patterns.fill(start, address - start, Patterns.GUARD);
    Patterns.fill(address + size, end - address - size, Patterns.GUARD);
  }

  /** Compares what a caller claims about the live block with the block. */
  void compare(long otherSize, long otherAlignment, String done, List<Finding> found) {
    if (otherSize != size) {
      String what = "A block was " + done + " as a block of " + otherSize + " bytes.";
      found.add(finding(Kind.WRONG_SIZE, what));
    }
    if (otherAlignment != alignment) {
      String what = "A block was " + done + " as a block of alignment " + otherAlignment + ".";
      found.add(finding(Kind.WRONG_ALIGNMENT, what));
    }
  }

  /** Inspects the bytes around the live block. */
  void inspect(List<Finding> found) {
    long past = Patterns.damage(address + size, end - address - size, Patterns.GUARD);
    if (past >= 0) {
      String what = "Byte " + past + " past the end of a block was written.";
      found.add(finding(Kind.WRITTEN_PAST_END, what));
    }
    if (Patterns.damage(start, address - start, Patterns.GUARD) >= 0) {
      long before = address - start - Patterns.last(start, address - start, Patterns.GUARD);
      String what = "Byte " + before + " before the start of a block was written.";
      found.add(finding(Kind.WRITTEN_BEFORE_START, what));
    }
  }

  Finding finding(Kind kind, String what) {
    return new Finding(
        kind,
        what,
        address,
        size,
        alignment,
        Sites.current(),
        Sites.trace(site, thread),
        Sites.trace(freeSite, freeThread));
  }
}
