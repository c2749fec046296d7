package org.onemalloc.inspect.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.onemalloc.inspect.report.Groups.Group;
import org.onemalloc.inspect.report.Groups.Kind;
import org.onemalloc.inspect.result.Call;
import org.onemalloc.inspect.result.Hazard;
import org.onemalloc.inspect.result.Hazard.Severity;
import org.onemalloc.inspect.result.Inspection;
import org.onemalloc.inspect.result.NativeModule;
import org.onemalloc.inspect.result.NativeModule.Role;
import org.onemalloc.inspect.result.PrivateAllocator;
import org.onemalloc.text.Style;
import org.onemalloc.text.Text;

/** The report as text for a terminal. */
final class TextReport {
  private static final int WIDTH = 100;
  private static final int INDENT = 10;

  /** With this limit an ordinary report fits a screen. */
  private static final int MOST_HAZARDS = 5;

  private static final int MOST_NAMES = 8;
  private static final int MOST_EVIDENCE = 3;

  private final Inspection inspection;
  private final Groups groups;
  private final Style style;
  private final boolean everything;
  private final StringBuilder out = new StringBuilder();

  TextReport(Inspection inspection, boolean colour, boolean everything) {
    this.inspection = inspection;
    this.groups = new Groups(inspection);
    this.style = colour ? Style.ANSI : Style.PLAIN;
    this.everything = everything;
  }

  @Override
  public String toString() {
    inspection
        .live()
        .ifPresent(
            live -> paragraph(0, live.pid() + "  " + String.join(" ", live.command()), style::dim));
    paragraph(0, Words.answer(inspection), style::bold);
    hazards();
    who();
    inspection.live().ifPresent(live -> Words.live(live).forEach(s -> paragraph(2, s, x -> x)));
    if (everything) {
      inspection.modules().forEach(this::calls);
    }
    inspection.notes().forEach(note -> paragraph(2, "Note: " + note, style::dim));
    return out.toString();
  }

  private void hazards() {
    List<Hazard> hazards = inspection.hazards();
    int shown = everything ? hazards.size() : Math.min(MOST_HAZARDS, hazards.size());
    for (Hazard hazard : hazards.subList(0, shown)) {
      out.append('\n');
      String severity = Text.padRight(hazard.severity().name(), INDENT - 1);
      out.append(hazard.severity() == Severity.NOTE ? style.dim(severity) : style.worse(severity));
      out.append(' ').append(style.bold(hazard.id())).append("  ");
      out.append(Text.escaped(Groups.fileName(hazard.module()))).append('\n');
      int most = everything ? hazard.evidence().size() : MOST_EVIDENCE;
      hazard.evidence().stream().limit(most).forEach(e -> paragraph(INDENT, e, style::dim));
      if (hazard.severity() != Severity.NOTE || everything) {
        paragraph(INDENT, hazard.consequence(), x -> x);
        paragraph(INDENT, "→ " + hazard.remedy(), x -> x);
      }
    }
    if (shown < hazards.size()) {
      String rest =
          hazards.subList(shown, hazards.size()).stream()
              .map(Hazard::id)
              .distinct()
              .collect(Collectors.joining(", "));
      out.append('\n');
      paragraph(
          0, "%d more (%s): --verbose shows all.".formatted(hazards.size() - shown, rest), x -> x);
    }
  }

  private void who() {
    out.append('\n').append(style.bold("Whose malloc")).append('\n');
    for (Group group : groups.all()) {
      if (group.kind() == Kind.NONE && !everything) {
        paragraph(2, group.users().size() + " that do not allocate", style::dim);
        continue;
      }
      paragraph(2, Words.of(group), x -> x);
      paragraph(6, names(group.users()), x -> x);
    }
    for (NativeModule module : inspection.modules()) {
      for (PrivateAllocator allocator : module.privateAllocators()) {
        boolean own = module.overrides().contains("malloc");
        if (!own) {
          paragraph(
              2,
              "%s has a private %s inside (%s)"
                  .formatted(
                      Groups.fileName(module.name()), allocator.name(), allocator.evidence()),
              x -> x);
        }
      }
      if (!module.overrides().isEmpty() && (everything || !Words.isRuntime(module))) {
        paragraph(
            2,
            "%s defines %s for others".formatted(Groups.fileName(module.name()), family(module)),
            style::dim);
      }
    }
  }

  private static String family(NativeModule module) {
    List<String> names = module.overrides();
    List<String> plain = names.stream().filter(name -> !name.startsWith("_Z")).toList();
    int operators = names.size() - plain.size();
    List<String> parts = new ArrayList<>();
    if (!plain.isEmpty()) {
      parts.add(
          plain.contains("malloc")
              ? plain.size() + " of the malloc family"
              : String.join(", ", plain));
    }
    if (operators > 0) {
      parts.add(operators + (operators == 1 ? " form" : " forms") + " of operator new and delete");
    }
    return String.join(" and ", parts);
  }

  private String names(List<NativeModule> users) {
    int shown = everything ? users.size() : Math.min(MOST_NAMES, users.size());
    String names =
        users.stream()
            .limit(shown)
            .map(
                module ->
                    (everything ? module.name() : Groups.fileName(module.name()))
                        + (module.role() == Role.HOST ? " (host)" : ""))
            .collect(Collectors.joining(", "));
    return shown < users.size() ? names + ", and " + (users.size() - shown) + " more" : names;
  }

  private void calls(NativeModule module) {
    if (module.calls().isEmpty()) {
      return;
    }
    out.append('\n');
    paragraph(2, module.name(), style::bold);
    for (Call call : module.calls()) {
      paragraph(
          4,
          Text.padRight(call.symbol() + (call.weak() ? " (weak)" : ""), 26) + Words.provider(call),
          x -> x);
    }
  }

  private void paragraph(int indent, String text, java.util.function.UnaryOperator<String> paint) {
    for (String line : Text.wrap(Text.escaped(text), WIDTH - indent)) {
      out.append(" ".repeat(indent)).append(paint.apply(line)).append('\n');
    }
  }
}
