package org.onemalloc.link.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onemalloc.allocators.Allocators;
import org.onemalloc.allocators.Choice;
import org.onemalloc.link.LinkException;
import org.onemalloc.link.SharedLibraryReport;
import org.onemalloc.link.Shipment;
import org.onemalloc.objectfile.elf.ElfFile;
import org.onemalloc.objectfile.elf.ElfSymbol;
import org.onemalloc.objectfile.elf.GlibcNames;
import org.onemalloc.text.Text;

/**
 * The words that are added to a link step, and the checks of its artifact.
 *
 * @param words the words of the link step
 * @param before the words that are added before its own
 * @param after the words that are added after its own
 * @param fixed the allocator inside a fully static program
 * @param shipment the allocator beside an executable
 * @param request the requested link step
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
   * Returns a file as a word for the linker. A compiler driver is not shown the files of this step:
   * it would take them for sources after {@code -x}, and name its own files by their number.
   */
  private static List<String> file(Words words, Path file) {
    return words.driver().pass(file.toString());
  }

  private static Recipe shared(Request request, Words words, Path work) throws IOException {
    String compiler = words.driver().compiler(words.program());
    Path object = Bindings.object(Bindings.HOST, compiler, words.machineOptions(), work);
    return new Recipe(
        words,
        List.of(),
        file(words, Bindings.archive(object, work)),
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
    List<String> after = new ArrayList<>(file(words, Bindings.archive(object, work)));
    after.addAll(allocator.after(words.driver()));
    return new Recipe(
        words,
        allocator.before(words.driver()),
        after,
        Optional.of(allocator),
        Optional.empty(),
        request,
        new ArrayList<>());
  }

  private static Recipe executable(Request request, Words words, Path work) throws IOException {
    String compiler = words.driver().compiler(words.program());
    List<String> machine = words.machineOptions();
    Allocators allocators = Allocators.forPrograms(Bindings.kind(compiler, machine, work));
    Choice choice =
        allocators
            .choose(request.allocator().orElse(Request.DEFAULT))
            .behindFilter(words.has("-lseccomp"));
    Shipment shipment = Shipment.of(choice, words.output());
    String binding = Bindings.direct(shipment.file()::exports);
    List<String> options = new ArrayList<>(machine);
    options.addAll(Bindings.names(shipment.file()::exports));
    Path object = Bindings.object(binding, compiler, options, work);
    Bindings.checkMachine(object, shipment.file());
    Path library = ImportLibrary.make(shipment.file(), shipment.needed(), compiler, machine, work);
    List<String> before = new ArrayList<>(words.driver().pass("--push-state", "--no-as-needed"));
    before.addAll(file(words, library));
    before.addAll(words.driver().pass("--pop-state"));
    return new Recipe(
        words,
        before,
        file(words, Bindings.archive(object, work)),
        Optional.empty(),
        Optional.of(shipment),
        request,
        new ArrayList<>());
  }

  /** Checks the artifact, which still has its unfinished name. */
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
      written.addAll(shipment.get().install());
      OneAllocator.prove(words, made, file, shipment.get().library());
    }
  }

  /**
   * Checks that another shared library of the link step defines the functions of the seam that this
   * one leaves undefined.
   */
  private void checkSeam(ElfFile file) {
    List<String> open =
        file.dynamicSymbols().stream()
            .filter(s -> !s.isDefined() && s.name().startsWith("onemalloc_"))
            .map(ElfSymbol::name)
            .toList();
    if (!open.isEmpty() && shipment.isEmpty() && !Providers.anyDefines(words, open)) {
      throw LinkException.unproven(
          "%s refers to %s, which none of %s defines: compile its sources with the header onemalloc.h of this version."
              .formatted(
                  words.output(), String.join(", ", open), String.join(", ", words.inputs())));
    }
  }

  /**
   * Refuses a library that {@code link --kind shared FILE} would reject. In a whole build, with
   * {@code --kind auto}, the findings are only printed.
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
    if (!GlibcNames.isLoader(loader)) {
      throw LinkException.unusable(
          "%s %s, and only glibc's loader finds the allocator by the name that a link step gives it: link with -static, or link without onemalloc and then run onemalloc link FILE."
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

  /** Removes the files that this step wrote beside the program, after the step failed. */
  void takeBack() throws IOException {
    if (!written.isEmpty()) {
      shipment.orElseThrow().takeBack(written);
    }
  }
}
