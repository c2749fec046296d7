"""The ways of the programs in Java: the seam's caches and its extended calls on and off, one heap and two.

The natives of such a process are libjvm and what the program loads; their heap is malloc. Java's is the same, or with
-Donemalloc.heap=private:jemalloc a second one of the same make. In every way `onemalloc run` prepares the process, so
that the look-ups of Java find the malloc that everybody has.
"""

import os
import shutil
import subprocess
from pathlib import Path

from studies.hide import hidden
from studies.model import Pair, Row, Unusable, Way
from studies.tools import HOME, built, content, run

JAVA = Path(__file__).parent / "java"
MODULES = "benchmarks,examples/workloads,examples/netty"
# A method is compiled while the program waits for it, and one thread collects, so that runs are alike.
OPTIONS = ("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xbatch",
           "-XX:CICompilerCount=2", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED",
           "--sun-misc-unsafe-memory-access=allow", "--add-opens=java.base/java.nio=ALL-UNNAMED",
           "-Dio.netty.leakDetection.level=disabled")
OFF = "-Donemalloc.cache.thread=0"
# The launcher starts this one for main(). The others compile, collect and wait, and what they do depends on time.
MAIN = (1,)


def jdk():
    """The JDK that the other scripts take."""
    return Path(run("bash", "-c", '. scripts/java-home.sh && find_jdk && printf %s "$jdk"', cwd=HOME))


def classes(tools):
    """Builds the modules and the programs; the class path, which is the same for each checkout: a JVM hashes its names."""
    home = jdk()
    modules = HOME / "target/study/.modules"
    modules.parent.mkdir(parents=True, exist_ok=True)
    sources = content(*(HOME / module / "src/main" for module in ("heap", "adapters/netty", "adapters/arrow")))
    libraries = [HOME / module / "target/lib" for module in MODULES.split(",")]
    if not (modules.exists() and modules.read_text() == sources and all(library.is_dir() for library in libraries)):
        run("mvn", "-B", "-ntp", "-q", "-DskipTests", "-Dspotless.check.skip=true", "-pl", MODULES, "-am", "package",
            cwd=HOME, env=dict(os.environ, JAVA_HOME=str(home)))
        modules.write_text(sources)
    key = content(JAVA, Path(__file__)) + sources

    def build(folder):
        for jar in sorted(jar for library in libraries for jar in library.glob("*.jar")):
            shutil.copy(jar, folder)
        run(home / "bin/javac", "-proc:none", "-d", folder, "-cp", f"{folder}/*", *sorted(JAVA.glob("*.java")))

    folder = built(tools.cache / "java", key, build)
    return home, ":".join(map(str, (folder, *sorted(folder.glob("*.jar"))))), key


def preloaded(allocator):
    """What `onemalloc run` preloads for this allocator, as a tuple of libraries."""
    result = subprocess.run([HOME / "onemalloc", "run", "-a", str(allocator), "--", "/usr/bin/env"], text=True,
                            capture_output=True, stdin=subprocess.DEVNULL)
    found = [line.split("=", 1)[1] for line in result.stdout.splitlines() if line.startswith("LD_PRELOAD=")]
    if result.returncode != 0 or not found:
        raise Unusable(f"./onemalloc run -a {allocator} prepares nothing: {result.stdout}{result.stderr}")
    return tuple(found[0].split(":"))


def without_extended(tools, jemalloc):
    """The same jemalloc without xallocx and nallocx: the seam takes all of the extended calls of an allocator, or none."""
    file = tools.cache / "libjemalloc-plain.so.2"
    without = hidden(Path(jemalloc).read_bytes(), ["xallocx", "nallocx"])
    if not file.exists() or file.read_bytes() != without:
        file.write_bytes(without)
    return file


def kept(text):
    """The result; what follows is about the heap, and differs on purpose."""
    return b"\n".join(line for line in text.splitlines() if line.startswith(b"result "))


def row(tools, name, title, program, work, again, seam=True):
    """A row: the operations of its work, and how many times the work is done again where nothing is counted."""
    home, path, key = classes(tools)
    # The private heap is LWJGL's build of the same make.
    jemalloc = preloaded(tools.jemalloc)
    plain = preloaded(without_extended(tools, jemalloc[0]))
    mimalloc = preloaded("mimalloc")
    java = (home / "bin/java", *OPTIONS)

    def way(name, libraries, provider, says, *options, simulated=True):
        return Way(name, (*java, *options, "-cp", path, f"study.{program}", str(work), str(again)), libraries, {},
                   {"malloc": provider, "free": provider}, says=says, simulated=simulated, thread=MAIN, marked=True)

    je, libc = Path(jemalloc[0]).name, "libc.so.6"
    private = "-Donemalloc.heap=private:jemalloc"
    sized, none = "deallocate: native, sdallocx", "deallocate: polyfilled, free"
    # With caches there is no pair: an allocator that the seam does not know, as it then does not, gets none.
    ways = (
        way("one jemalloc", jemalloc, je, (sized, "caches in use: yes")),
        way("one jemalloc, no caches", jemalloc, je, (sized, "caches in use: no"), OFF),
        way("one jemalloc, no caches, no extended", plain, "libjemalloc-plain.so.2", (none, "caches in use: no"), OFF),
        way("two jemallocs", jemalloc, je, ("private", "caches in use: yes"), private),
        way("one glibc", (), libc, (none, "caches in use: yes")),
        way("one mimalloc", mimalloc, tools.mimalloc.name, ("caches in use: yes",)),
    )
    pairs = (
        Pair("extended calls, no caches", "one jemalloc, no caches, no extended", "one jemalloc, no caches"),
        Pair("thread caches of the seam", "one jemalloc, no caches", "one jemalloc"),
        Pair("two heaps of one make", "one jemalloc", "two jemallocs"),
        Pair("which allocator", "one glibc", "one jemalloc"),
        Pair("which allocator", "one glibc", "one mimalloc"),
    )
    if not seam:
        # The program allocates nothing by the seam: its natives and the JVM decide, in other threads than the one counted.
        ways = tuple(way(f"one {heap}", libraries, provider, (), simulated=False)
                     for heap, libraries, provider in (("glibc", (), libc), ("jemalloc", jemalloc, je), ("mimalloc", mimalloc, tools.mimalloc.name)))
        pairs = tuple(pair for pair in pairs if pair.question == "which allocator")
    # No counters: they would count the calls of the whole run, and instructions are those between the marks.
    return Row(name, title, "Java", ways, pairs, stamp=key, kept=kept)
