"""The order of the work: every row is built, proven and counted, several at a time; then each is timed, alone."""

import hashlib
import importlib
import json
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studies import figures
from studies.measure import KEPT, ONE_ARENA, PROCESSOR, Bench
from studies.model import ONE, Unusable
from studies.proof import prove
from studies.records import Record
from studies.tools import HOME, content

ROWS = HOME / "studies" / "rows"


def say(text):
    print(f"study: {text}", file=sys.stderr, flush=True)


def content_of(*texts):
    """A short digest of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def scratch(row):
    """
    A folder of the user's own in which a row's program runs; the same each time, for programs put its name on the stack,
    into hash tables, and into what they write.
    """
    return Path(tempfile.gettempdir()) / f"onemalloc-study-{os.getuid()}-{row}"


def note_machine(data):
    """The processor stands beside every row."""
    text = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "unknown")
    if data.setdefault("processor", model) != model:
        raise Unusable(f"the figures of this row are of {data['processor']}, and this is {model}: remove its file in "
                       "target/study, for the two are not mixed.")


class Study:
    """Measures rows. `lanes` is how many are counted at a time: QEMU's counts do not depend on what else runs."""

    def __init__(self, tools, out, rounds, counts, lanes=1):
        self.tools, self.out, self.rounds, self.counts, self.lanes = tools, out, rounds, counts, lanes

    def rows(self, names):
        """Measures the rows and returns the names of those that are not counted."""
        failed, counted = [], []

        def attempt(name, step, *parts):
            try:
                return step(*parts)
            except Unusable as wrong:
                say(f"{name} is not counted: {wrong}")
                failed.append(name)
                return None

        made = [(name, attempt(name, self.build, name)) for name in names]
        with ThreadPoolExecutor(self.lanes) as pool:
            counts = [(name, pool.submit(attempt, name, self.count, *row)) for name, row in made if row is not None]
            try:
                counted = [(name, count.result()) for name, count in counts]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for name, work in counted:
            if work is not None:
                attempt(name, self.time, *work)
                if name not in failed:
                    say(f"{name}: done")
        return failed

    def build(self, name):
        """Gets and builds a row; the row, and what tells its build apart."""
        module = importlib.import_module(f"studies.rows.{name}.row")
        started = time.monotonic()
        row = module.row(self.tools)
        if time.monotonic() - started > 5:
            say(f"{name}: built in {time.monotonic() - started:.0f} s")
        return row, content(ROWS / name) + self.tools.key + row.stamp

    def measure(self, row, stamp):
        """All of one row."""
        self.time(*self.count(row, stamp))

    def count(self, row, stamp):
        """Proves the ways and counts instructions and calls, where the record has them not yet."""
        stamp += PROCESSOR + repr((KEPT, ONE_ARENA))
        bench = Bench(self.tools, scratch(row.name))
        identities = {way.name: content_of(stamp, repr(way)) for way in row.ways}
        record = Record(self.out / f"{row.name}.json", identities)
        note_machine(record.data)
        record.data.update(name=row.name, first=row.ways[0].name, title=row.title, language=row.language,
                           pairs=[[pair.question, pair.base, pair.way] for pair in row.pairs])
        reference = None
        for way in row.ways:
            reference = self._prove(bench, row, way, record, reference)
        for way in row.ways:
            self._count_instructions(bench, row, way, record, reference)
        self._count_calls(bench, row, record)
        record.save()
        return bench, row, record, reference

    def _prove(self, bench, row, way, record, reference):
        found = record.way(way.name)
        if "proof" not in found or reference is not None and found["proof"]["outputs"] != reference:
            say(f"{row.name}: proving {way.name}")
            found["proof"] = prove(bench, row, way, reference)
            record.save()
        return reference or found["proof"]["outputs"]

    def _held(self, row, way, run, reference):
        if run.outputs != reference:
            raise Unusable(f"{row.name}, {way.name}: a run's output was another than that of the proof.")
        return run

    def _count_instructions(self, bench, row, way, record, reference):
        if not way.simulated or self.counts == 0:
            return
        found = record.way(way.name)
        # A/A: the first way is always counted twice.
        wanted = max(self.counts, 2 if way == row.ways[0] else 1)
        counts = found.setdefault("instructions", [])
        while len(counts) < wanted or way.thread != ONE and not figures.enough(counts):
            started = time.monotonic()
            counts.append(self._held(row, way, bench.simulated(row, way), reference).instructions)
            if way.start and "start" not in found:
                found["start"] = bench.simulated(row, way, command=way.start).instructions
            record.save()
            say(f"{row.name}: {way.name} {counts[-1] / 1e6:.2f} M instructions ({time.monotonic() - started:.0f} s)")

    def _count_calls(self, bench, row, record):
        wanted = {label for label, _, _ in row.counters}
        calls = {label: found for label, found in record.data.get("calls", {}).items() if label in wanted}
        record.data["calls"] = calls
        for label, way, libraries in row.counters:
            if label not in calls:
                bench.native(row, row.way(way), preload=libraries, more={"STUDY_COUNTS": bench.folder / ".counts"})
                calls[label] = json.loads((bench.folder / ".counts").read_text())
                record.save()

    def time(self, bench, row, record, reference):
        """Rounds: every way once and the first twice, in an order drawn for each round."""
        measured = record.data.get("rounds", [])
        ways = sorted(way["identity"] for way in record.data["ways"].values())
        if record.data.get("rounds_of") != ways:
            measured = []
        record.data.update(rounds=measured, rounds_of=ways)
        if len(measured) < self.rounds:
            say(f"{row.name}: rounds {len(measured) + 1} to {self.rounds}")
        while len(measured) < self.rounds:
            turns = [(way.name, way) for way in row.ways] + [("A/A", row.ways[0])]
            random.Random(len(measured)).shuffle(turns)
            spent = {}
            for label, way in turns:
                run = self._held(row, way, bench.native(row, way), reference)
                spent[label] = {"cpu": run.cpu, "peak": run.peak, "faults": run.faults}
            measured.append(spent)
            record.save()
        record.save()
