package org.onemalloc.compare;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.onemalloc.inspect.process.MallocProvider;
import org.onemalloc.inspect.process.SecondAllocator;
import org.onemalloc.inspect.process.SecondAllocator.Use;
import org.onemalloc.text.Text;

/** What was found in the processes of one run, live or in the kernel's record. */
final class Findings {
  private final Map<Long, String> failures = new LinkedHashMap<>();
  private final Set<String> unseen = new LinkedHashSet<>();
  private final Set<String> unread = new TreeSet<>();
  private final Set<String> wrappers = new TreeSet<>();
  private final Set<Second> idle = new HashSet<>();
  private final Map<Second, String> unknownUse = new LinkedHashMap<>();
  private final Map<String, Set<String>> served = new TreeMap<>();

  /** An allocator in a process beside the provider of its malloc, in a file by its former name. */
  private record Second(long pid, String file) {}

  /** Adds a process that is not as expected. */
  void fail(long pid, String sentence) {
    failures.putIfAbsent(pid, sentence);
  }

  /** Adds something that was not seen. */
  void unseen(String sentence) {
    unseen.add(sentence);
  }

  /** Adds the name of a program that ended before its environment was read. */
  void unread(String name) {
    unread.add(Text.escaped(name));
  }

  /** Adds the name of a statically linked wrapper, which is not judged. */
  void wrapper(String name) {
    wrappers.add(Text.escaped(name));
  }

  /** Removes all of them. */
  void forgetWrappers() {
    wrappers.clear();
  }

  /** Returns the names of the statically linked wrappers, sorted. */
  List<String> wrappers() {
    return List.copyOf(wrappers);
  }

  /** Adds the provider of malloc in a process, and the name of the program that it served. */
  void served(MallocProvider provider, String name) {
    served
        .computeIfAbsent(Expectation.describe(provider), file -> new TreeSet<>())
        .add(Text.escaped(name));
  }

  /** Adds the other allocators of a process, as an inspection showed them. */
  void inspected(long pid, String process, MallocProvider provider) {
    for (SecondAllocator second : provider.seconds()) {
      Second key = new Second(pid, second.file().formerName());
      if (second.use() == Use.NO) {
        idle.add(key);
      } else {
        unknownUse.put(key, ProcessCheck.unknownUse(process, second));
      }
    }
  }

  /** Adds them as the record shows them, unless an inspection has shown that one is not used. */
  void recorded(long pid, String process, MallocProvider provider) {
    for (SecondAllocator second : provider.seconds()) {
      Second key = new Second(pid, second.file().formerName());
      if (second.use() == Use.UNKNOWN && !idle.contains(key)) {
        unknownUse.putIfAbsent(key, ProcessCheck.unknownUse(process, second));
      }
    }
  }

  /** Returns one sentence for each process that is not as expected. */
  List<String> failures() {
    return List.copyOf(failures.values());
  }

  /** Returns one sentence for each thing that neither an inspection nor the record showed. */
  List<String> unseen() {
    List<String> all = new ArrayList<>(unseen);
    all.addAll(unknownUse.values());
    return all;
  }

  /** Returns the names of the programs whose environment was not read, sorted. */
  List<String> unread() {
    return List.copyOf(unread);
  }

  /** Returns the providers of malloc, each with the names of the programs that it served. */
  Map<String, Set<String>> served() {
    return served;
  }
}
