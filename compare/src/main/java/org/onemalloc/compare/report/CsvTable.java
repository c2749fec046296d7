package org.onemalloc.compare.report;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalDouble;
import org.onemalloc.compare.Run;
import org.onemalloc.compare.judge.Figure;
import org.onemalloc.compare.judge.Judgement;

/** Every figure of every run as CSV (RFC 4180): a line for each, in its basic unit. */
final class CsvTable {
  private final Judgement judgement;

  CsvTable(Judgement judgement) {
    this.judgement = judgement;
  }

  void write(Appendable out) throws IOException {
    out.append("variant,round,counts,proven,figure,unit,value\r\n");
    for (Run run : judgement.comparison().runs()) {
      for (Figure figure : judgement.measured()) {
        OptionalDouble value = figure.of(run);
        if (value.isPresent()) {
          out.append(quoted(run.variant())).append(',');
          out.append(Integer.toString(run.round())).append(',');
          out.append(Boolean.toString(run.counts())).append(',');
          out.append(Boolean.toString(run.proof().proven())).append(',');
          out.append(quoted(figure.key())).append(',');
          out.append(quoted(unit(figure))).append(',');
          out.append(number(value.getAsDouble())).append("\r\n");
        }
      }
    }
  }

  private static String unit(Figure figure) {
    return switch (figure.group()) {
      case TIME -> "ns";
      case MEMORY -> "bytes";
      case LOAD -> figure.unit();
      case EVENTS -> "";
    };
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value);
  }

  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9+@./ -]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
