"""doxygen documents some of Lua's sources."""

from studies import heaps
from studies.model import TURNS, Row
from studies.rows.rustc.row import PINS as RUSTC

PINS = (
    "doxygen 1.9.4-4 39e2498ba72c7a6f0016b85fce69ee8fd21b6fc4b62e5c4a894afbc67858ff2d",
    "libclang-cpp14 1:14.0.6-12 964b13d74e9aece340cde93fecd2a2f18dd63afcb707a797ce7b39d430a01c46",
    "libclang1-14 1:14.0.6-12 d0fb8eb1aa43a27ed9c3cca2a65108ab433735cb4cf1322444dbf269008e93a9",
    *(pin for pin in RUSTC if pin.split()[0] in
      ("libllvm14", "libz3-4", "libffi8", "libedit2", "libbsd0", "libmd0", "libxml2", "libicu72")),
)
LUA = "lua5.4 5.4.4-3+deb12u1 d47c50154294a68c8a209c5d61bc09e5b22891c01b7c47501ac3f9725eb4a813"
SETTINGS = """PROJECT_NAME = study
INPUT = source
QUIET = YES
WARNINGS = NO
EXTRACT_ALL = YES
SOURCE_BROWSER = YES
GENERATE_LATEX = NO
HTML_TIMESTAMP = NO
HAVE_DOT = NO
NUM_PROC_THREADS = 1
SEARCHENGINE = NO
"""
SOURCES = ("lobject.c", "lobject.h", "lmem.h", "lstring.h")


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "doxygen")
    lua = tools.packages.source(LUA, tools.cache / "lua")
    settings = tools.cache / "doxygen.settings"
    settings.write_text(SETTINGS)
    files = {f"source/{name}": lua / "src" / name for name in SOURCES}
    command = (root / "usr/bin/doxygen", "Doxyfile")
    environment = {"LD_LIBRARY_PATH": f"{root}/usr/lib/x86_64-linux-gnu:{root}/usr/lib/llvm-14/lib", "STUDY_TIME": 1700000000}
    ways = heaps.shimmed(tools, "cpp", command, environment, most=False, thread=TURNS) + heaps.plain(tools, command, environment, thread=TURNS)
    return Row("doxygen", "doxygen 1.9", "C++", tuple(ways), heaps.pairs(ways), ("html/*.html",),
               {**files, "Doxyfile": settings}, heaps.counters(tools, "cpp"), str(PINS) + SETTINGS)
