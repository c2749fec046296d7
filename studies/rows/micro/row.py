"""The micro side of the law: what each way costs a call where there is nothing but calls."""

from pathlib import Path

from studies import heaps
from studies.model import Row
from studies.tools import built, content, run


def row(tools):
    here = Path(__file__).parent
    key = content(here)
    folder = built(tools.cache / "micro", key,
                   lambda into: run("g++", "-O2", "-std=c++17", "-o", into / "pairs", here / "pairs.cpp"))
    command = (folder / "pairs", "300000")
    ways = heaps.shimmed(tools, "cpp", command, {}) + heaps.plain(tools, command, {})
    return Row("micro", "new and delete alone", "C++", tuple(ways), heaps.pairs(ways), (), {},
               heaps.counters(tools, "cpp"), key)
