package org.onemalloc.inspect.result;

import java.util.List;
import java.util.Optional;

/**
 * One native file: a program, a shared library, a static library's member.
 *
 * @param name its path; inside an archive {@code archive!/entry}
 * @param format {@code elf}, {@code macho} or {@code pe}
 * @param architecture {@code x86-64}, {@code aarch64}, …
 * @param role whether it determines malloc or uses that of its host
 * @param calls the malloc-family and extended calls that it makes, and who provides each
 * @param overrides malloc-family functions that it exports itself, so that others may bind to them
 * @param privateAllocators allocators linked into it for its own use
 */
public record NativeModule(
    String name,
    String format,
    String architecture,
    Role role,
    List<Call> calls,
    List<String> overrides,
    List<PrivateAllocator> privateAllocators) {
  private static final List<String> OF_HEAP = List.of("malloc", "free", "calloc", "realloc");

  public NativeModule {
    calls = List.copyOf(calls);
    overrides = List.copyOf(overrides);
    privateAllocators = List.copyOf(privateAllocators);
  }

  /**
   * Returns the module whose malloc this one calls: the provider of the first of malloc, free,
   * calloc and realloc whose provider is known.
   *
   * @return the module; empty if it calls none of them
   */
  public Optional<String> mallocProvider() {
    return OF_HEAP.stream()
        .flatMap(name -> calls.stream().filter(call -> call.symbol().equals(name)))
        .flatMap(call -> call.provider().stream())
        .findFirst();
  }

  /** Whether a module determines malloc. */
  public enum Role {
    /** A program: it determines what malloc is in its process. */
    HOST,
    /** A library: it uses its host's malloc. */
    GUEST
  }
}
