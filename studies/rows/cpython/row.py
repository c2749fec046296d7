"""CPython with every object taken from malloc, and as it comes, with a heap of its own over it. It has no sizes to pass."""

from studies import heaps
from studies.model import Pair, Row, Way

PINS = (
    "python3.11-minimal 3.11.2-6+deb12u9 b5f855ab922dfcd5d1a3223b2118c3dae13ffc7751b0cd5dc24740386323a33a",
    "libpython3.11-minimal 3.11.2-6+deb12u9 69f41cfa3f4ba17284e538f843069d7529c53c207d2ae17a5b02785944870e33",
    "libpython3.11-stdlib 3.11.2-6+deb12u9 10f13e000ee757f5f2d2d3569f9e30546214a0c850acd78695feae373bfa3e53",
    "libexpat1 2.5.0-1+deb12u5 cae5ded666d8573dd33060bc66fbac21eea8b101a6b56e2af8bd590fcfa65d79",
)
WORK = """
words = {}
for i in range(12000):
    key = "word%d" % (i * 7919 % 5003)
    words.setdefault(key, []).append((i, str(i), {"n": i, "f": i / 3}))
kept = [dict(sorted(d[2].items())) for l in words.values() for d in l if d[0] % 3]
for key in sorted(words)[::2]:
    del words[key]
text = ",".join("%s=%d" % (k, len(v)) for k, v in sorted(words.items()))
print(len(kept), len(text), sum(len(part) for part in text.split(",")), hash(text[:100]))
"""


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "cpython")
    file = tools.cache / "cpython.work"
    file.write_text(WORK)
    command = (root / "usr/bin/python3.11", "-S", "work.py")
    environment = {"PYTHONHASHSEED": "0", "PYTHONHOME": root / "usr", "PYTHONDONTWRITEBYTECODE": "1",
                   "LD_LIBRARY_PATH": root / "usr/lib/x86_64-linux-gnu"}
    ways = heaps.plain(tools, command, environment | {"PYTHONMALLOC": "malloc"})
    own = [Way("own heap over " + way.name, command, way.preload, environment | {"PYTHONMALLOC": "pymalloc"}, way.serves)
           for way in ways]
    pairs = (*heaps.PLAIN_PAIRS, *(Pair("a heap of its own over malloc", way.name, "own heap over " + way.name) for way in ways))
    return Row("cpython", "CPython 3.11 on malloc", "C", tuple(ways + own), pairs, (), {"work.py": file},
               (("family", "glibc", (tools.folder / "libccount.so",)),), str(PINS) + WORK)
