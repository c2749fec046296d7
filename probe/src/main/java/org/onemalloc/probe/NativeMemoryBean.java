package org.onemalloc.probe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The bean. */
final class NativeMemoryBean implements NativeMemoryMXBean {
  private final Probe probe;

  NativeMemoryBean(Probe probe) {
    this.probe = probe;
  }

  private static long value(OptionalLong bytes) {
    return bytes.orElse(ProcessMemory.UNKNOWN);
  }

  @Override
  public long getResidentBytes() throws IOException {
    return probe.memory().residentBytes();
  }

  @Override
  public long getProportionalBytes() throws IOException {
    return probe.memory().proportionalBytes();
  }

  @Override
  public long getPeakBytes() throws IOException {
    return probe.memory().peakBytes();
  }

  @Override
  public long getUnaccountedBytes() throws IOException {
    return probe.memory().unaccountedBytes();
  }

  @Override
  public long getGlibcHeldBytes() throws IOException {
    return value(probe.memory().glibc().heldBytes());
  }

  @Override
  public long getGlibcUsedBytes() throws IOException {
    return value(probe.memory().glibc().usedBytes());
  }

  @Override
  public long getGlibcFreeBytes() throws IOException {
    return value(probe.memory().glibc().freeBytes());
  }

  @Override
  public Map<String, Long> getKinds() throws IOException {
    Map<String, Long> kinds = new LinkedHashMap<>();
    probe.memory().kinds().forEach((kind, bytes) -> kinds.put(kind.id(), bytes));
    return kinds;
  }

  @Override
  public Map<String, Long> getTracked() throws IOException {
    Map<String, Long> tracked = new LinkedHashMap<>();
    probe.memory().tracked().forEach(each -> tracked.put(each.category(), each.committed()));
    return tracked;
  }

  @Override
  public long getLookMicros() throws IOException {
    return probe.memory().duration().toNanos() / 1000;
  }

  @Override
  public String getAllocator() {
    return probe.allocator().allocator();
  }

  @Override
  public String getProvider() {
    return probe.allocator().provider();
  }

  @Override
  public boolean isProven() {
    return probe.allocator().isProven();
  }

  @Override
  public List<String> getProof() {
    AllocatorProof proof = probe.allocator();
    List<String> sentences = new ArrayList<>(proof.evidence());
    sentences.addAll(proof.failures());
    sentences.addAll(proof.unseen());
    return sentences;
  }
}
