package org.onemalloc.compare;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onemalloc.allocators.Allocator;
import org.onemalloc.allocators.Kind;
import org.onemalloc.allocators.SettingsProfile;

/**
 * Single runs of one command, of any variant in any order, measured and proven as {@code compare}
 * does. {@link Comparer} runs whole rounds; a caller that decides after each run what to run next
 * uses this class.
 *
 * <p>Only one thread may use it; any thread may call {@link #interrupt}.
 */
public final class Trials implements AutoCloseable {
  private final Comparer.Request request;
  private final Measurement measurement;
  private final Map<String, Preparation> prepared = new LinkedHashMap<>();
  private Subject subject;

  /**
   * Prepares to run a command. Only the watchdog is started, which ends a run if this process is
   * killed.
   *
   * @param request the command and the way in which it is measured; its variants, rounds and seed
   *     are not used
   * @throws CommandException if there is no such program, or an allocator cannot be preloaded into
   *     it
   */
  public Trials(Comparer.Request request) {
    this.request = request;
    this.subject = new Subject(request.command(), Set.of());
    this.measurement = Subject.measurement(request);
  }

  /**
   * Runs a variant once, without counting the run. It shows which JVM the command starts.
   *
   * @param variant the name of a variant, as {@code compare} takes it
   * @return the run, which ended well or was interrupted
   * @throws CommandException if the variant cannot be used, or the run failed
   */
  public Run warmUp(String variant) {
    Run run = measurement.once(subject.prepare(VariantName.parse(variant)), 0, false);
    if (!measurement.interrupted()) {
      Subject.requireWork(variant, run);
    }
    subject = new Subject(request.command(), measurement.javaHomes());
    return run;
  }

  /**
   * Prepares a variant.
   *
   * @param variant its name, as {@code compare} takes it
   * @return the variant
   * @throws CommandException if the program would not run on it
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator
   */
  public Variant prepare(String variant) {
    return prepare(VariantName.parse(variant));
  }

  /**
   * Prepares an allocator with settings.
   *
   * @param name the name that the variant has here
   * @param allocator the name or path of the allocator
   * @param profile its settings
   * @return the variant
   * @throws CommandException if the program would not run on it
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator, or the
   *     settings are for another one
   */
  public Variant prepare(String name, String allocator, SettingsProfile profile) {
    return prepare(new VariantName(name, allocator, Set.of(), Map.of(), Optional.of(profile)));
  }

  private Variant prepare(VariantName name) {
    Preparation ready = subject.prepare(name);
    prepared.put(name.text(), ready);
    return ready.variant();
  }

  /**
   * Runs a prepared variant once.
   *
   * @param variant its name
   * @param round the number of the run, 1 or more
   * @return the run
   * @throws CommandException if the command cannot be started
   * @throws IllegalArgumentException if the variant is not prepared
   */
  public Run run(String variant, int round) {
    Preparation ready = prepared.get(variant);
    if (ready == null) {
      throw new IllegalArgumentException(variant + " is not prepared");
    }
    return measurement.once(ready, round, request.statistics());
  }

  /**
   * Returns an allocator of this machine.
   *
   * @param name its name or path
   * @return the allocator
   * @throws org.onemalloc.allocators.AllocatorException if there is no such allocator
   */
  public Allocator allocator(String name) {
    return subject.allocators().find(name);
  }

  /**
   * Returns a variable of the user's environment that an allocator reads.
   *
   * @param kind the allocator
   * @return its name; empty if there is none
   */
  public Optional<String> givenSetting(Kind kind) {
    return VariantSettings.given(kind, subject.environment());
  }

  /**
   * Returns whether the command starts a JVM, and each JVM that is known can make glibc return its
   * free memory.
   *
   * @return whether {@code system+trim} is a variant of this command
   */
  public boolean trims() {
    return subject.startsJava() && subject.withoutTrimFlag().isEmpty();
  }

  /**
   * Returns whether the program is one of musl, whose malloc has no settings.
   *
   * @return true for musl, false for glibc
   */
  public boolean isOfMusl() {
    return subject.program().isOfMusl();
  }

  /**
   * Returns what to link in order to ship an allocator, as {@link Comparison#target}.
   *
   * @return a program or a Java image; empty if it is not known
   */
  public Optional<Path> target() {
    return subject.target();
  }

  /**
   * Returns the machine on which the command runs.
   *
   * @return its facts, and the version of Java if the program is a JVM
   */
  public Machine machine() {
    return MachineFacts.of(subject.program(), request.tool());
  }

  /** Ends the current run, and every later one at its start. */
  public void interrupt() {
    measurement.interrupt();
  }

  /**
   * Returns whether the runs were interrupted.
   *
   * @return true after {@link #interrupt}
   */
  public boolean interrupted() {
    return measurement.interrupted();
  }

  @Override
  public void close() {
    measurement.close();
  }
}
