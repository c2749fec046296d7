"""./study: larger programs in the ways that the questions of 2014 ask about."""

import argparse
import fcntl
import os
from pathlib import Path

from studies import report
from studies.model import Unusable
from studies.study import ROWS, Study, say
from studies.tools import HOME, Tools

QUICK_ROUNDS = 6  # the least that has a 95 % interval
FULL_ROUNDS = 10
FULL_COUNTS = 2


ORDER = ["micro", "lua", "rustc", "rustc_llvm", "protoc", "doxygen", "rocksdb", "cmake", "z3", "redis", "cpython",
         "java_netty", "java_arrow", "java_cache", "java_rocksdb", "java_lucene"]


def names():
    """The rows, the cheapest and most telling first."""
    found = {folder.name for folder in ROWS.iterdir() if (folder / "row.py").exists()}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


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
    tools = Tools()
    tools.cache.mkdir(parents=True, exist_ok=True)
    # One at a time: all use the same builds, and the same folders for the programs to run in.
    with open(tools.cache / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable("another ./study of this user measures: wait for it.") from None
        tools.prepare()
        study = Study(tools, options.out, QUICK_ROUNDS if options.quick else FULL_ROUNDS,
                      0 if options.no_count else 1 if options.quick else FULL_COUNTS, len(os.sched_getaffinity(0)))
        failed = study.rows(options.rows or names())
        print(report.page(options.out))
        return 1 if failed else 0
