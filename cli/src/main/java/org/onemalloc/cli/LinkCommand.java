package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;
import org.onemalloc.link.Link;
import org.onemalloc.link.LinkReport;
import org.onemalloc.link.SharedLibraryReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc link}. */
@Command(
    name = "link",
    description = "Make an allocator part of a Java image or a program, proven before it is done.",
    footer = {
      "",
      "For example: onemalloc link build/image --allocator jemalloc --tuned",
      "             onemalloc link build/image --undo",
      "Exit codes: 0 done and proven, 1 a proof failed, 2 unusable target, nothing changed."
    })
final class LinkCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "TARGET",
      description = "A JDK, a JRE, a jlink image, a jpackage application, or a program.")
  private Path target;

  @Option(
      names = {"-a", "--allocator"},
      paramLabel = "NAME|PATH",
      defaultValue = "mimalloc",
      description = "Which allocator; NAME+tuned is NAME --tuned (default: mimalloc).")
  private String allocator;

  @Option(names = "--tuned", description = "Build its server profile into the shipped library.")
  private boolean tuned;

  @Option(names = "--dry-run", description = "Only say what would be changed.")
  private boolean dryRun;

  @Option(names = "--undo", description = "Give the target its own files back.")
  private boolean undo;

  @Option(
      names = "--verify",
      description = "Prove a target that is linked, a Java image also from inside a JVM.")
  private boolean verify;

  @Option(
      names = "--kind",
      paramLabel = "shared",
      description = "Report on a shared library that is built: whose malloc would it use?")
  private String kind;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (kind != null) {
      return reportOnLibrary();
    }
    if (undo && verify) {
      throw new UsageException("--undo and --verify exclude each other: choose one.");
    }
    if (undo) {
      print(Link.undo(target, dryRun));
    } else if (!verify || spec.commandLine().getParseResult().hasMatchedOption("-a") || tuned) {
      print(Link.link(target, choice(), Version.number(), dryRun));
    }
    if (verify && !dryRun) {
      print(Link.verify(target));
    }
    return 0;
  }

  private Choice choice() {
    boolean add = tuned && !allocator.endsWith(Choice.TUNED);
    return Allocators.ofThisMachine().choose(add ? allocator + Choice.TUNED : allocator);
  }

  private void print(LinkReport report) {
    PrintWriter out = spec.commandLine().getOut();
    report.steps().forEach(step -> out.println("  " + step));
    report.evidence().forEach(sentence -> out.println(sentence));
    if (dryRun) {
      out.println("Nothing was changed: this was a dry run.");
    } else if (undo) {
      out.println(report.target() + " is as it was before it was linked.");
    } else if (report.changed()) {
      out.println("%s is linked with %s.".formatted(report.target(), report.allocator()));
    } else if (!verify) {
      out.println(
          "%s is linked with %s already: nothing to do."
              .formatted(report.target(), report.allocator()));
    }
    out.flush();
  }

  private int reportOnLibrary() {
    if (!kind.equals("shared")) {
      throw new UsageException(
          "--kind %s is not known: a shared library that is built is reported on with --kind shared."
              .formatted(kind));
    }
    SharedLibraryReport report = SharedLibraryReport.of(target);
    PrintWriter out = spec.commandLine().getOut();
    report.sentences().forEach(out::println);
    out.flush();
    return report.usesItsHost() ? 0 : 1;
  }
}
