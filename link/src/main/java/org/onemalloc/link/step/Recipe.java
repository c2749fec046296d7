package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.link.LinkException;
import org.onemalloc.link.SharedLibraryReport;
import org.onemalloc.link.Shipment;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.text.Text;

/**
 * What is added to a link step, and how its outcome is looked at.
 *
 * @param words the step
 * @param before the words before its own
 * @param after the words after its own
 * @param fixed the allocator inside a fully static program
 * @param shipment the allocator beside an executable
 * @param request what was asked
 * @param written the files that this step has put beside the program
 */
record Recipe(
    Words words,
    List<String> before,
    List<String> after,
    Optional<StaticAllocator> fixed,
    Optional<Shipment> shipment,
    Request request,
    List<Path> written) {

  static Recipe of(Request request, Words words, Artifact artifact, Path work) throws IOException {
    return switch (artifact) {
      case SHARED -> shared(request, words, work);
      case STATIC_EXECUTABLE -> fixed(request, words, work);
      case EXECUTABLE -> executable(request, words, work);
    };
  }

  /**
   * Ends what {@code -x c} began: the words after the command's own are not sources (GCC manual).
   */
  private static List<String> after(Words words, List<String> own) {
    List<String> after = new ArrayList<>();
    if (words.driver() == Driver.CC && words.all().stream().anyMatch(w -> w.startsWith("-x"))) {
      after.addAll(List.of("-x", "none"));
    }
    after.addAll(own);
    return after;
  }

  private static Recipe shared(Request request, Words words, Path work) throws IOException {
    String compiler = words.driver().compiler(words.program());
    Path object = Bindings.object(Bindings.HOST, compiler, words.machineOptions(), work);
    return new Recipe(
        words,
        List.of(),
        after(words, List.of(Bindings.archive(object, work).toString())),
        Optional.empty(),
        Optional.empty(),
        request,
        new ArrayList<>());
  }

  private static Recipe fixed(Request request, Words words, Path work) throws IOException {
    String compiler = words.driver().compiler(words.program());
    StaticAllocator allocator =
        StaticAllocator.find(request.allocator().orElse(""), compiler, words.has("-static-pie"));
    String binding = Bindings.direct(allocator.names()::contains);
    List<String> options = new ArrayList<>(words.machineOptions());
    options.add(Bindings.STATIC);
    Path object = Bindings.object(binding, compiler, options, work);
    List<String> after = new ArrayList<>(List.of(Bindings.archive(object, work).toString()));
    after.addAll(allocator.after(words.driver()));
    return new Recipe(
        words,
        allocator.before(words.driver()),
        after(words, after),
        Optional.of(allocator),
        Optional.empty(),
        request,
        new ArrayList<>());
  }

  private static Recipe executable(Request request, Words words, Path work) throws IOException {
    Shipment shipment =
        Shipment.of(
            Allocators.ofThisMachine().choose(request.allocator().orElse(Request.DEFAULT)),
            words.output());
    String compiler = words.driver().compiler(words.program());
    String binding = Bindings.direct(shipment.file()::exports);
    List<String> machine = words.machineOptions();
    Path object = Bindings.object(binding, compiler, machine, work);
    Bindings.checkMachine(object, shipment.file());
    Path library = ImportLibrary.make(shipment.file(), shipment.needed(), compiler, machine, work);
    List<String> before = new ArrayList<>(words.driver().pass("--push-state", "--no-as-needed"));
    before.add(library.toString());
    before.addAll(words.driver().pass("--pop-state"));
    return new Recipe(
        words,
        before,
        after(words, List.of(Bindings.archive(object, work).toString())),
        Optional.empty(),
        Optional.of(shipment),
        request,
        new ArrayList<>());
  }

  /** Looks at the artifact that came out, under the name of an unfinished file. */
  void prove(Path made) throws IOException {
    if (fixed.isPresent()) {
      fixed.get().prove(made, words.output());
      return;
    }
    ElfFile file = ElfFile.read(made);
    checkSeam(file);
    if (shipment.isEmpty()) {
      checkLibrary(made);
    } else {
      checkLoader(file);
      if (shipment.get().install()) {
        written.add(shipment.get().library());
      }
      OneAllocator.prove(words, made, file, shipment.get().library());
    }
  }

  /** What is still open in a shared library must be there in another one that it needs. */
  private void checkSeam(ElfFile file) {
    List<String> open =
        file.dynamicSymbols().stream()
            .filter(s -> !s.isDefined() && s.name().startsWith("onemalloc_"))
            .map(ElfSymbol::name)
            .toList();
    if (!open.isEmpty() && shipment.isEmpty() && !Providers.anyDefines(words, open)) {
      throw LinkException.unproven(
          "%s leaves %s open, and none of %s defines it: compile its sources with the header onemalloc.h of this version."
              .formatted(
                  words.output(), String.join(", ", open), String.join(", ", words.inputs())));
    }
  }

  /**
   * What {@code link --kind shared FILE} finds wanting is not made; in a whole build it is said.
   */
  private void checkLibrary(Path made) {
    SharedLibraryReport report = SharedLibraryReport.of(made);
    if (report.usesItsHost()) {
      return;
    }
    String sentence =
        "%s does not use its host's malloc alone: %s"
            .formatted(words.output(), String.join(" ", report.sentences()));
    if (request.kind() != Request.Kind.AUTO) {
      throw LinkException.unproven(sentence);
    }
    System.err.println("onemalloc: " + Text.escaped(sentence));
  }

  private void checkLoader(ElfFile file) {
    String loader = file.interpreter().orElse("");
    String name = loader.substring(loader.lastIndexOf('/') + 1);
    if (!name.startsWith("ld-linux") && !name.startsWith("ld64.so") && !name.startsWith("ld.so")) {
      throw LinkException.unusable(
          "%s %s, and only glibc's loader finds the allocator beside a program: link with -static."
              .formatted(
                  words.output(),
                  loader.isEmpty() ? "names no loader" : "is for the loader " + loader));
    }
  }

  void record(Path output) throws IOException {
    if (shipment.isPresent()) {
      shipment.get().record(output, request.tool());
      Path directory = output.toAbsolutePath().getParent();
      if (directory.endsWith("deps") && Files.exists(directory.resolveSibling(".fingerprint"))) {
        // cargo gives the program a second name one directory up, where it is started
        shipment.get().installAlso(directory.resolveSibling(output.getFileName()));
      }
    }
  }

  /** Removes what this step put beside a program that did not come out. */
  void takeBack() throws IOException {
    if (!written.isEmpty()) {
      shipment.orElseThrow().takeBack();
    }
  }
}
