package org.onemalloc.spark;

import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.onemalloc.probe.AllocatorProof;
import org.onemalloc.probe.ProcessMemory;

/**
 * What one process of an application knows about its allocator and its memory, at one moment. An
 * executor sends it to the driver.
 *
 * @param role {@code driver} or {@code executor}
 * @param id the executor's id in Spark; {@code driver} for the driver
 * @param host the name of its machine
 * @param pid its process id there
 * @param java the version of its Java
 * @param javaHome the Java image that it runs on
 * @param time when it was looked at, ISO 8601, UTC
 * @param proven whether its allocator is proven: the provider is known, and no call leads elsewhere
 * @param provider the file that serves its malloc; empty if unknown
 * @param allocator {@code system}, {@code mimalloc}, …; empty if unknown
 * @param evidence one sentence for each check that passed
 * @param failures one sentence for each thing that speaks against the allocator
 * @param unseen one sentence for each check that could not be made
 * @param glibcBytes what glibc's own heap holds; {@link ProcessMemory#UNKNOWN} if unknown
 * @param rssBytes resident memory, as the two that follow from {@link ProcessMemory}
 * @param pssBytes proportional memory
 * @param peakRssBytes the highest resident memory
 */
record Evidence(
    String role,
    String id,
    String host,
    long pid,
    String java,
    String javaHome,
    String time,
    boolean proven,
    String provider,
    String allocator,
    ArrayList<String> evidence,
    ArrayList<String> failures,
    ArrayList<String> unseen,
    long glibcBytes,
    long rssBytes,
    long pssBytes,
    long peakRssBytes)
    implements Serializable {

  private static final long serialVersionUID = 1;

  /** The version of the JSON: incremented when a member is removed or changes its meaning. */
  static final int SCHEMA_VERSION = 1;

  /** The id of the driver, as Spark calls it. */
  static final String DRIVER = "driver";

  /** Looks at this process; never throws. The first look takes a few hundred milliseconds. */
  static Evidence ofThisProcess(String id, String host) {
    AllocatorProof proof = AllocatorProof.ofThisProcess();
    ProcessMemory memory = ProcessMemory.ofThisProcess();
    return new Evidence(
        id.equals(DRIVER) ? DRIVER : "executor",
        id,
        host,
        ProcessHandle.current().pid(),
        System.getProperty("java.version"),
        System.getProperty("java.home"),
        Instant.now().toString(),
        proof.isProven(),
        proof.provider(),
        proof.allocator(),
        new ArrayList<>(proof.evidence()),
        new ArrayList<>(proof.failures()),
        new ArrayList<>(proof.unseen()),
        proof.glibcBytes().orElse(ProcessMemory.UNKNOWN),
        memory.rss(),
        memory.pss(),
        memory.peakRss());
  }

  /** Returns the process in a sentence. */
  String who() {
    String name = id.equals(DRIVER) ? "the driver" : "executor " + id;
    return "%s on %s (pid %d)".formatted(name, host, pid);
  }

  /** Returns what serves malloc, in a sentence. */
  String what() {
    if (provider.isEmpty()) {
      return "what serves its malloc is unknown: " + unseen.get(0);
    }
    String known =
        (allocator.equals("other") ? provider : allocator + " in " + provider)
            + " serves its malloc";
    return failures.isEmpty()
        ? known + (unseen.isEmpty() ? "." : ", but " + unseen.get(0))
        : known + ", but " + failures.get(0);
  }

  /**
   * Returns one line of JSON without its end, specified in docs/clusters.md.
   *
   * @param application Spark's id of the application; empty while there is none
   */
  String json(String application) {
    StringBuilder json = new StringBuilder("{");
    member(json, "schema", "onemalloc.evidence");
    json.append(", \"schemaVersion\": ").append(SCHEMA_VERSION);
    member(json, "application", application);
    member(json, "role", role);
    member(json, "id", id);
    member(json, "host", host);
    number(json, "pid", pid);
    member(json, "java", java);
    member(json, "javaHome", javaHome);
    member(json, "time", time);
    member(json, "allocator", allocator);
    member(json, "provider", provider);
    json.append(", \"proof\": {\"proven\": ").append(proven);
    strings(json, "evidence", evidence);
    strings(json, "failures", failures);
    strings(json, "unseen", unseen);
    json.append('}');
    number(json, "glibcBytes", glibcBytes);
    number(json, "rssBytes", rssBytes);
    number(json, "pssBytes", pssBytes);
    number(json, "peakRssBytes", peakRssBytes);
    return json.append('}').toString();
  }

  private static void member(StringBuilder json, String name, String value) {
    if (!value.isEmpty()) {
      json.append(json.length() > 1 ? ", " : "").append(quoted(name)).append(": ");
      json.append(quoted(value));
    }
  }

  private static void number(StringBuilder json, String name, long value) {
    if (value != ProcessMemory.UNKNOWN) {
      json.append(", ").append(quoted(name)).append(": ").append(value);
    }
  }

  private static void strings(StringBuilder json, String name, List<String> values) {
    json.append(", ").append(quoted(name)).append(": [");
    for (int i = 0; i < values.size(); i++) {
      json.append(i > 0 ? ", " : "").append(quoted(values.get(i)));
    }
    json.append(']');
  }

  /** Returns a JSON string in ASCII. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~' || c == '<') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
