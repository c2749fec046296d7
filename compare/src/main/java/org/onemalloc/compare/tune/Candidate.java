package org.onemalloc.compare.tune;

import java.util.List;
import java.util.stream.Collectors;
import org.onemalloc.allocators.Setting;
import org.onemalloc.allocators.SettingsProfile;
import org.onemalloc.compare.Variant;

/**
 * A candidate of a race.
 *
 * @param variant the prepared command; its name is the candidate's
 * @param allocator the name of its allocator, as the user wrote it
 * @param origin where its settings come from
 * @param profile its settings
 */
public record Candidate(Variant variant, String allocator, Origin origin, SettingsProfile profile) {
  /** Where the settings of a candidate come from. */
  public enum Origin {
    /** The allocator's own defaults. */
    DEFAULT,
    /** The server profile of onemalloc. */
    TUNED,
    /** The table of settings to try. */
    TABLE
  }

  /**
   * Returns its name.
   *
   * @return {@code jemalloc}, {@code jemalloc+tuned}, or {@code jemalloc-3} for the third of the
   *     table
   */
  public String name() {
    return variant.name();
  }

  /**
   * Returns its settings as text.
   *
   * @return names and values, short; "defaults" if there are none
   */
  public String settings() {
    List<Setting> settings = profile.settings();
    return settings.isEmpty()
        ? "defaults"
        : settings.stream().map(Candidate::shown).collect(Collectors.joining(" "));
  }

  private static String shown(Setting setting) {
    return setting.name().replaceFirst("^-XX:", "") + "=" + setting.value();
  }
}
