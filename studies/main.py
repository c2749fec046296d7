"""./study: larger programs in the ways that the questions of 2014 ask about."""

import argparse
import fcntl
import hashlib
import importlib
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from studies import report
from studies.measure import KEPT, PROCESSOR, Bench
from studies.model import Unusable
from studies.proof import prove
from studies.records import Record
from studies.tools import HOME, Tools, content

ROWS = HOME / "studies" / "rows"
QUICK_ROUNDS = 6  # the least that has a 95 % interval
FULL_ROUNDS = 12
FULL_COUNTS = 2


ORDER = ["micro", "lua", "rustc", "rustc_llvm", "protoc", "doxygen", "rocksdb", "cmake", "z3", "redis", "cpython",
         "java_netty", "java_arrow", "java_cache", "java_rocksdb", "java_lucene"]


def names():
    """The rows, the cheapest and most telling first."""
    found = {folder.name for folder in ROWS.iterdir() if (folder / "row.py").exists()}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def say(text):
    print(f"study: {text}", file=sys.stderr, flush=True)


def note_machine(data):
    """The processor stands beside every row."""
    text = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "unknown")
    if data.setdefault("processor", model) != model:
        raise Unusable(f"the figures of this row are of {data['processor']}, and this is {model}: remove its file in "
                       "target/study, for the two are not mixed.")


class Study:
    """Measures one row after another."""

    def __init__(self, tools, bench, out, rounds, counts):
        self.tools, self.bench, self.out, self.rounds, self.counts = tools, bench, out, rounds, counts

    def row(self, name):
        module = importlib.import_module(f"studies.rows.{name}.row")
        started = time.monotonic()
        row = module.row(self.tools)
        if time.monotonic() - started > 5:
            say(f"{name}: built in {time.monotonic() - started:.0f} s")
        self.measure(row, content(ROWS / name) + self.tools.key + row.stamp)

    def measure(self, row, stamp):
        """Proves and measures what the record does not have yet; `stamp` tells builds and settings apart."""
        stamp += PROCESSOR + repr(KEPT)
        identities = {way.name: content_of(stamp, repr(way)) for way in row.ways}
        record = Record(self.out / f"{row.name}.json", identities)
        note_machine(record.data)
        record.data.update(name=row.name, first=row.ways[0].name, title=row.title, language=row.language,
                           pairs=[[pair.question, pair.base, pair.way] for pair in row.pairs])
        reference = None
        for way in row.ways:
            reference = self._prove(row, way, record, reference)
        for way in row.ways:
            self._count_instructions(row, way, record, reference)
        self._count_calls(row, record)
        self._rounds(row, record, reference)
        record.save()

    def _prove(self, row, way, record, reference):
        figures = record.way(way.name)
        if "proof" not in figures or reference is not None and figures["proof"]["outputs"] != reference:
            say(f"{row.name}: proving {way.name}")
            figures["proof"] = prove(self.bench, row, way, reference)
            record.save()
        return reference or figures["proof"]["outputs"]

    def _held(self, row, way, run, reference):
        if run.outputs != reference:
            raise Unusable(f"{row.name}, {way.name}: a run's output was another than that of the proof.")
        return run

    def _count_instructions(self, row, way, record, reference):
        if not way.simulated or self.counts == 0:
            return
        figures = record.way(way.name)
        # A/A: the first way is always counted twice.
        wanted = max(self.counts, 2 if way == row.ways[0] else 1)
        counts = figures.setdefault("instructions", [])
        while len(counts) < wanted:
            started = time.monotonic()
            counts.append(self._held(row, way, self.bench.simulated(row, way), reference).instructions)
            if way.start and "start" not in figures:
                figures["start"] = self.bench.simulated(row, way, command=way.start).instructions
            record.save()
            say(f"{row.name}: {way.name} {counts[-1] / 1e6:.2f} M instructions ({time.monotonic() - started:.0f} s)")

    def _count_calls(self, row, record):
        calls = record.data.setdefault("calls", {})
        for label, way, libraries in row.counters:
            if label not in calls:
                self.bench.native(row, row.way(way), preload=libraries,
                                  more={"STUDY_COUNTS": self.bench.folder / ".counts"})
                calls[label] = json.loads((self.bench.folder / ".counts").read_text())
                record.save()

    def _rounds(self, row, record, reference):
        """Rounds: every way once and the first twice, in an order drawn for each round."""
        measured = record.data.get("rounds", [])
        same = record.data.get("rounds_of") == sorted(way["identity"] for way in record.data["ways"].values())
        if not same:
            measured = []
        record.data.update(rounds=measured, rounds_of=sorted(way["identity"] for way in record.data["ways"].values()))
        if len(measured) < self.rounds:
            say(f"{row.name}: rounds {len(measured) + 1} to {self.rounds}")
        while len(measured) < self.rounds:
            turns = [(way.name, way) for way in row.ways] + [("A/A", row.ways[0])]
            random.Random(len(measured)).shuffle(turns)
            figures = {}
            for label, way in turns:
                run = self._held(row, way, self.bench.native(row, way), reference)
                figures[label] = {"cpu": run.cpu, "peak": run.peak, "faults": run.faults}
            measured.append(figures)
            record.save()


def scratch(out):
    """A folder of the user's own in which the programs run; each place of figures has its own, the names equally long."""
    return Path(tempfile.gettempdir()) / f"onemalloc-study-{os.getuid()}-{content_of(str(out.resolve()))[:6]}"


def content_of(*texts):
    """A short digest of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="study", description="What one heap, sized free and the form of the call do to larger programs.")
    parser.add_argument("--quick", action="store_true",
                        help=f"instructions once, {QUICK_ROUNDS} rounds; else twice, {FULL_ROUNDS} rounds")
    parser.add_argument("--no-count", action="store_true", help="count no instructions: memory, faults and time alone")
    parser.add_argument("--report", action="store_true", help="only make the page of what has been measured")
    parser.add_argument("--table", action="store_true", help="only print what has been measured, in Markdown")
    parser.add_argument("--list", action="store_true", help="only print the rows")
    parser.add_argument("--out", type=Path, default=HOME / "target" / "study", help="where the figures are kept")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="the rows, or all")
    options = parser.parse_args(words)
    unknown = [name for name in options.rows if name not in names()]
    if unknown:
        parser.error(f"there is no row {unknown[0]}: {', '.join(names())}.")
    return options


def main(words):
    options = arguments(words)
    if options.list:
        print("\n".join(names()))
        return 0
    try:
        if options.report or options.table:
            return show(options)
        return measure(options)
    except Unusable as wrong:
        say(str(wrong))
        return 2


def show(options):
    if options.table:
        print(report.table(options.out), end="")
    else:
        print(report.page(options.out))
    return 0


def measure(options):
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(f"another ./study measures into {options.out}: wait for it, or name another --out.") from None
        tools = Tools()
        tools.prepare()
        study = Study(tools, Bench(tools, scratch(options.out)), options.out, QUICK_ROUNDS if options.quick else FULL_ROUNDS,
                      0 if options.no_count else 1 if options.quick else FULL_COUNTS)
        failed = []
        for name in options.rows or names():
            try:
                study.row(name)
                say(f"{name}: done")
            except Unusable as wrong:
                say(f"{name} is not counted: {wrong}")
                failed.append(name)
        print(report.page(options.out))
        return 1 if failed else 0
