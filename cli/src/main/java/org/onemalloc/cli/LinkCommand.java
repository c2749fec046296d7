package org.onemalloc.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.onemalloc.allocators.Choice;
import org.onemalloc.allocators.SettingsProfile;
import org.onemalloc.link.Link;
import org.onemalloc.link.LinkOptions;
import org.onemalloc.link.LinkReport;
import org.onemalloc.link.SharedLibraryReport;
import org.onemalloc.link.step.LinkStep;
import org.onemalloc.link.step.Request;
import org.onemalloc.text.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code onemalloc link}. */
@Command(
    name = "link",
    description = "Make an allocator part of a Java image or a program, and prove that it is used.",
    customSynopsis = {
      "onemalloc link TARGET [-a NAME|PATH] [--tuned|--profile FILE] [--start=ARGUMENTS] [--accept HAZARD]"
          + " [--absolute] [--dry-run] [--undo] [--verify]",
      "onemalloc link --kind executable|shared|auto [-a NAME|PATH] [--] COMMAND...",
      "onemalloc link --kind static LIBRARY.a",
      "onemalloc link --kind shared LIBRARY.so"
    },
    footer = {
      "",
      "For example: onemalloc link build/image --allocator jemalloc --tuned",
      "             onemalloc link build/image --undo",
      "             onemalloc link --kind executable -- cc -o server main.o libparts.a",
      "Exit codes: 0 done and proven, 1 a proof failed, 2 unusable target, nothing changed."
    })
final class LinkCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "TARGET",
      arity = "1..*",
      description =
          "A JDK, a JRE, a jlink image, a jpackage application, or a program, also one for aarch64 on"
              + " x86-64; with --kind an ordinary link step, or the library.")
  private List<String> words;

  @Option(
      names = {"-a", "--allocator"},
      paramLabel = "NAME|PATH",
      defaultValue = "mimalloc",
      description = "The allocator; NAME+tuned is NAME --tuned (default: mimalloc).")
  private String allocator;

  // There is no -h, because the linker uses that option for a soname.
  @Option(names = "--help", usageHelp = true, description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it by reflection
  private boolean help;

  @Option(names = "--tuned", description = "Build its server profile into the shipped library.")
  private boolean tuned;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description =
          "Build the settings in this file, which tune wrote, into the shipped library; without -a"
              + " the allocator is that of the file.")
  private Path profile;

  @Option(names = "--dry-run", description = "Only print what would be changed.")
  private boolean dryRun;

  @Option(
      names = "--start",
      paramLabel = "ARGUMENTS",
      description =
          "Start the program with these arguments before and after, --start=--version for"
              + " example: the output must be the same.")
  private String start;

  @Option(
      names = "--accept",
      paramLabel = "HAZARD",
      split = ",",
      description =
          "Link in spite of this hazard, which a refusal named, if it cannot happen here.")
  private Set<String> accepted = new TreeSet<>();

  @Option(
      names = "--absolute",
      description =
          "Name the allocator by its absolute path: for programs that start with other rights"
              + " (AT_SECURE) or without /proc. They cannot be moved then.")
  private boolean absolute;

  @Option(names = "--undo", description = "Restore the target's original files.")
  private boolean undo;

  @Option(
      names = "--verify",
      description = "Prove that a target is linked; for a Java image, also from inside a JVM.")
  private boolean verify;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      description =
          "What COMMAND makes: executable, shared, or auto, which follows the options of COMMAND."
              + " With a library instead of a command, static adds the binding to an archive, and"
              + " shared reports what a shared library allocates with.")
  private String kind;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (kind != null) {
      return kind.equals("shared") && words.size() == 1 ? reportOnLibrary() : step();
    }
    if (words.size() > 1) {
      throw new UsageException(
          "link takes one target, and %s is a second: give --kind for a link step."
              .formatted(words.get(1)));
    }
    if (words.getFirst().isBlank()) {
      throw new UsageException(
          "The name of the target is empty."); // Java takes it for the directory
    }
    Path target = target();
    if (undo && absolute) {
      throw new UsageException("--absolute is for linking: --undo restores what was there.");
    }
    if (undo && profile != null) {
      throw new UsageException("--profile is for linking: --undo restores what was there.");
    }
    if (undo && verify) {
      throw new UsageException("--undo and --verify cannot be given together: choose one.");
    }
    if (undo) {
      print(Link.undo(target, dryRun));
    } else if (!verify
        || spec.commandLine().getParseResult().hasMatchedOption("-a")
        || tuned
        || profile != null) {
      LinkOptions options = new LinkOptions(dryRun, startWords(), accepted, absolute);
      print(Link.link(target, choice(), Version.number(), options));
    }
    if (verify && !dryRun) {
      print(Link.verify(target));
    }
    return 0;
  }

  private List<String> startWords() {
    return start == null || start.isBlank() ? List.of() : List.of(start.strip().split("\\s+", -1));
  }

  private Choice choice() {
    if (profile != null) {
      if (tuned || allocator.endsWith(Choice.TUNED)) {
        throw new UsageException("--profile replaces the server profile: omit --tuned and +tuned.");
      }
      SettingsProfile settings = SettingsProfile.read(profile);
      boolean named = spec.commandLine().getParseResult().hasMatchedOption("-a");
      return Link.choose(target(), named ? allocator : settings.allocator()).with(settings);
    }
    boolean add = tuned && !allocator.endsWith(Choice.TUNED);
    return Link.choose(target(), add ? allocator + Choice.TUNED : allocator);
  }

  private void print(LinkReport report) {
    PrintWriter out = spec.commandLine().getOut();
    report.steps().forEach(step -> out.println("  " + Text.escaped(step)));
    report.evidence().forEach(sentence -> out.println(Text.escaped(sentence)));
    String target = Text.escaped(report.target().toString());
    if (dryRun) {
      out.println("Nothing was changed: this was a dry run.");
    } else if (report.changed() && !undo) {
      out.println("%s is linked with %s.".formatted(target, report.allocator()));
    } else if (!verify && !undo) {
      out.println(
          "%s is already linked with %s: nothing to do.".formatted(target, report.allocator()));
    }
    out.flush();
  }

  private int step() {
    if (tuned
        || profile != null
        || dryRun
        || absolute
        || undo
        || verify
        || start != null
        || !accepted.isEmpty()) {
      throw new UsageException(
          "--kind allows only --allocator beside it: for a tuned allocator give --allocator"
              + " NAME+tuned or NAME+FILE.");
    }
    Optional<String> named =
        spec.commandLine().getParseResult().hasMatchedOption("-a")
            ? Optional.of(allocator)
            : Optional.empty();
    return LinkStep.run(new Request(Request.Kind.of(kind), named, words, self(), Version.number()));
  }

  /**
   * Returns the command line that starts this command again, for a tool that calls its linker
   * itself.
   */
  private static List<String> self() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        Main.class.getName());
  }

  private Path target() {
    return Path.of(words.getFirst());
  }

  private int reportOnLibrary() {
    SharedLibraryReport report = SharedLibraryReport.of(target());
    PrintWriter out = spec.commandLine().getOut();
    report.sentences().forEach(sentence -> out.println(Text.escaped(sentence)));
    out.flush();
    return report.usesItsHost() ? 0 : 1;
  }
}
