package org.onemalloc.internal.bind;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.onemalloc.CCode;
import org.onemalloc.internal.system.Symbols;
import org.onemalloc.internal.system.UnixSymbols;

/** A scope as a process of another kind would have it. */
final class RecordedSymbols implements Symbols {
  private static Symbols functions;

  private final Map<String, Long> addresses = new HashMap<>();
  private final Map<Long, Provider> providers = new HashMap<>();
  private final Map<Long, Long> answers = new HashMap<>();
  private final Map<String, Long> java = new HashMap<>();

  private static synchronized long function(int index) throws Exception {
    if (functions == null) {
      functions = load();
    }
    return functions.find("f" + (1 + index / 8) + index % 8);
  }

  private static Symbols load() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("identity");
    Path file = CCode.compile(directory, "identity.c", "libidentity.so", "-shared", "-fPIC");
    return UnixSymbols.load(file.toString());
  }

  RecordedSymbols with(String file, String... names) throws Exception {
    for (String name : names) {
      long address = function(addresses.size());
      addresses.put(name, address);
      providers.put(address, new Provider(file.hashCode() & 0xffffffffL, file));
    }
    return this;
  }

  RecordedSymbols answering(String name, long answer) {
    answers.put(addresses.get(name), answer);
    return this;
  }

  /** Has Java's default lookup find a function in another object. */
  RecordedSymbols inJavaLookup(String file, String name) throws Exception {
    long address = function(addresses.size() + java.size());
    java.put(name, address);
    providers.put(address, new Provider(file.hashCode() & 0xffffffffL, file));
    return this;
  }

  @Override
  public long findInJavaLookup(String name) {
    return java.getOrDefault(name, find(name));
  }

  @Override
  public long find(String name) {
    return addresses.getOrDefault(name, 0L);
  }

  @Override
  public Provider provider(long address) {
    return providers.getOrDefault(address, new Provider(0, ""));
  }

  @Override
  public long call(long function, long a, long b, long c) {
    return answers.getOrDefault(function, 0L);
  }
}
