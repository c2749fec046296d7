"""One run of one way: what the kernel says of it, or QEMU."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from studies.model import ALL, ONE, TURNS, Unusable
from studies.packages import digest

# All that QEMU can emulate: the same on every host, so that counts are too.
PROCESSOR = "max"

# Under QEMU a program takes thirty times as long, and allocators that give memory back after a time would do so in the
# midst of programs that have long ended by themselves; it also makes two runs differ. So they keep it while counted, and
# so do the seam's caches (Counted.java). And each thread has an arena to itself: where two share one, the order in which
# they came decides where blocks lie, and what it takes to fill them (a thousandth, between two runs of a JVM).
# glibc's threads take the arenas of threads that have ended, in the order in which they end (4 %, between two runs of
# RocksDB): they have one, but not those of a JVM, which allocate all the time beside the one that is counted.
KEPT = {"MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1,narenas:64", "MIMALLOC_PURGE_DELAY": "-1", "STUDY_KEEPS": "yes"}
ONE_ARENA = {"GLIBC_TUNABLES": "glibc.malloc.arena_max=1"}


@dataclass(frozen=True)
class Ran:
    """What one run came to. Times in seconds, memory in KB; `outputs` is one digest of all that the program said."""

    outputs: str
    text: str
    cpu: float = 0.0
    peak: int = 0
    faults: int = 0
    instructions: int = 0


class Bench:
    """Runs ways, one at a time, each in an empty folder of always the same name and in an environment of our own."""

    def __init__(self, tools, folder):
        self.tools = tools
        self.folder = Path(folder)

    def environment(self, way, preload=None):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        environment.update({name: str(value) for name, value in way.environment.items()})
        libraries = way.preload if preload is None else preload
        if libraries:
            environment["LD_PRELOAD"] = ":".join(str(library) for library in libraries)
        return environment

    def _empty(self, row):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        for name, source in row.files.items():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if Path(source).is_dir() else shutil.copy)(source, target)

    def _finish(self, row, way, result, expected=0):
        if result.returncode != expected:
            said = (result.stdout + result.stderr).decode(errors="replace")[-1500:]
            raise Unusable(f"{row.name}, {way.name}: {way.command[0]} ended with {result.returncode}: {said}")

    def _said(self, row, stdout):
        # The digest of the digests: what it printed, and each file that it wrote.
        (self.folder / ".stdout").write_bytes(row.kept(stdout) if row.kept else stdout)
        files = [self.folder / ".stdout"]
        for pattern in row.outputs:
            found = sorted(self.folder.glob(pattern))
            if not found:
                raise Unusable(f"{row.name}: the program wrote no {pattern}.")
            files += [file for file in found if file.is_file()]
        listing = "".join(f"{file.name} {digest(file)}\n" for file in files)
        (self.folder / ".listing").write_text(listing)
        return digest(self.folder / ".listing")

    def native(self, row, way, preload=None, more=None, command=None):
        """Runs a way as it is."""
        self._empty(row)
        figures = self.folder / ".launch"
        environment = self.environment(way, preload)
        environment.update(more or {})
        # LD_PRELOAD is for the program; launch is static and does not see it.
        result = subprocess.run([self.tools.launch, figures, *map(str, command or way.command)], cwd=self.folder,
                                env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        if result.returncode != 0:
            self._finish(row, way, result)
        status, user, system, peak, minor, major = map(int, figures.read_text().split())
        result.returncode = status
        self._finish(row, way, result)
        return Ran(self._said(row, result.stdout), (result.stdout + result.stderr).decode(errors="replace"),
                   (user + system) / 1e6, peak, minor + major)

    def simulated(self, row, way, command=None):
        """Runs a way in QEMU's user mode on a processor that is the same everywhere, and counts instructions."""
        self._empty(row)
        counts = self.folder / ".instructions"
        # A JVM draws nothing that what is counted of it depends on.
        libraries = way.preload if way.marked else (*way.preload, self.tools.fixed)
        if "STUDY_TIME" in way.environment:
            libraries += (self.tools.clock,)
        environment = KEPT | ({} if way.marked else ONE_ARENA) | self.environment(way, ())
        inside = ("-E", "LD_PRELOAD=" + ":".join(map(str, libraries))) if libraries else ()
        result = subprocess.run(["setarch", "-R", "qemu-x86_64", "-cpu", PROCESSOR, "-seed", "1", "-plugin",
                                 f"{self.tools.plugin},out={counts},threads={'one' if way.thread in (ONE, TURNS) else 'all'}", *inside,
                                 *map(str, command or way.command)],
                                cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        self._finish(row, way, result)
        column = 2 if way.marked else 1
        threads = {int(words[0]): int(words[column]) for words in map(str.split, counts.read_text().splitlines())}
        if way.thread == ONE and len(threads) > 1:
            raise Unusable(f"{row.name}, {way.name}: it has {len(threads)} threads, and one was to be counted.")
        counted = sum(count for number, count in threads.items() if way.thread in (ONE, TURNS, ALL) or number in way.thread)
        if counted == 0:
            raise Unusable(f"{row.name}, {way.name}: the program set no two marks between which to count.")
        return Ran(self._said(row, result.stdout), "", instructions=counted)
