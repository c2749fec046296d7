package org.onemalloc.compare.tune;

import java.util.ArrayList;
import java.util.List;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.AllocatorException;
import org.onemalloc.allocators.Choice;
import org.onemalloc.allocators.Setting;
import org.onemalloc.allocators.SettingsProfile;
import org.onemalloc.allocators.Tuning;
import org.onemalloc.allocators.TuningTable;
import org.onemalloc.compare.CommandException;
import org.onemalloc.compare.Trials;
import org.onemalloc.compare.tune.Candidate.Origin;

/** Makes the candidates of a race: for each allocator its defaults, its server profile, a table. */
final class Candidates {
  static final String SHIPPED = "shipped";
  private static final String SYSTEM = "system";

  private final Trials trials;
  private final List<Candidate> candidates = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Candidates(Trials trials) {
    this.trials = trials;
  }

  /**
   * Makes the candidates.
   *
   * @param trials the command, after its warm-up
   * @param allocators names or paths; the defaults of the first are the baseline
   * @param required whether an allocator that cannot be used is an error, rather than a note
   * @param notes receives a sentence for each allocator that was omitted
   * @return the candidates: first the defaults of all allocators, then the server profiles, then
   *     the table, so that of two equal candidates the simpler one comes first
   * @throws CommandException if the program would not run on a required allocator
   * @throws AllocatorException if a required allocator does not exist
   */
  static List<Candidate> of(
      Trials trials, List<String> allocators, boolean required, List<String> notes) {
    Candidates made = new Candidates(trials);
    List<String> usable = new ArrayList<>();
    for (String allocator : allocators) {
      try {
        made.addDefaults(allocator);
        usable.add(allocator);
      } catch (CommandException | AllocatorException e) {
        if (required || usable.isEmpty()) {
          throw e;
        }
        made.notes.add(allocator + " was omitted: " + e.getMessage());
      }
    }
    usable.removeIf(name -> name.equals(SHIPPED) || (name.equals(SYSTEM) && trials.isOfMusl()));
    usable.forEach(made::addTuned);
    usable.forEach(made::addTable);
    notes.addAll(made.notes);
    return List.copyOf(made.candidates);
  }

  private void addDefaults(String allocator) {
    Allocator found = trials.allocator(allocator.equals(SHIPPED) ? SYSTEM : allocator);
    candidates.add(
        new Candidate(
            trials.prepare(allocator),
            allocator,
            Origin.DEFAULT,
            profile(found, allocator, List.of())));
  }

  private void addTuned(String allocator) {
    Allocator found = trials.allocator(allocator);
    List<Setting> settings = Tuning.settings(found);
    if (!settings.isEmpty()) {
      String name = allocator + Choice.TUNED;
      candidates.add(
          new Candidate(
              trials.prepare(name), allocator, Origin.TUNED, profile(found, name, settings)));
    }
  }

  private void addTable(String allocator) {
    Allocator found = trials.allocator(allocator);
    int number = 0;
    for (List<Setting> settings : TuningTable.of(found, trials.trims())) {
      if (!settings.equals(Tuning.settings(found))) {
        number++;
        String name = found.name() + "-" + number;
        SettingsProfile profile = profile(found, name, settings);
        candidates.add(
            new Candidate(
                trials.prepare(name, allocator, profile), allocator, Origin.TABLE, profile));
      }
    }
  }

  /** Returns the settings as a profile, which names a library at a path by its kind. */
  private static SettingsProfile profile(Allocator found, String name, List<Setting> settings) {
    String allocator = found.usual() ? found.name() : found.qualifiedName();
    boolean path = allocator.contains("/") || found.name().contains(".");
    return new SettingsProfile(
        name, path ? found.kind().word() : allocator, found.kind(), settings);
  }
}
