"""The same compiler at work in LLVM: optimised, one codegen unit, one thread."""

from studies import heaps
from studies.model import TURNS, Row
from studies.rows.rustc.row import PINS, compiler


def row(tools):
    command, environment, files = compiler(
        tools, "--emit=obj", "-O", "-C", "codegen-units=1", "-Z", "no-parallel-llvm")
    ways = heaps.shimmed(tools, "rust", command, environment, most=False, thread=TURNS) + heaps.plain(tools, command, environment, thread=TURNS)
    return Row("rustc_llvm", "rustc 1.63 -O, LLVM", "Rust, C++", tuple(ways), heaps.pairs(ways),
               ("quote.o",), files, heaps.counters(tools, "rust"), str(PINS))
