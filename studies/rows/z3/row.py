"""z3 proves that 10 pigeons do not fit into 9 holes, and that a prime has no factors."""

from studies import heaps
from studies.model import TURNS, Row

PINS = ("z3 4.8.12-3.1 ea6f8b31e4ab7912b9293f7a8acbbc3b74f3c36162fa3ce578d6bf17d2164e53",)
PIGEONS = 10
BITS, PRIME = 14, 268_435_399


def problem():
    lines = ["(set-option :smt.random_seed 1)", "(set-option :sat.random_seed 1)", "(set-logic QF_UFBV)"]
    for pigeon in range(PIGEONS):
        lines.append(f"(declare-const p{pigeon} (_ BitVec 8))")
        lines.append(f"(assert (bvult p{pigeon} (_ bv{PIGEONS - 1} 8)))")
    names = " ".join(f"p{pigeon}" for pigeon in range(PIGEONS))
    lines += [f"(assert (distinct {names}))", "(check-sat)", "(reset)", "(set-logic QF_BV)"]
    lines += [f"(declare-const {name} (_ BitVec {2 * BITS}))" for name in "xy"]
    lines += [f"(assert (bvult {name} (_ bv{1 << BITS} {2 * BITS})))" for name in "xy"]
    lines += [f"(assert (bvugt {name} (_ bv1 {2 * BITS})))" for name in "xy"]
    lines += [f"(assert (= (bvmul x y) (_ bv{PRIME} {2 * BITS})))", "(check-sat)"]
    return "\n".join(lines) + "\n"


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "z3")
    file = tools.cache / "z3.smt2"
    file.write_text(problem())
    command = (root / "usr/bin/z3", "problem.smt2")
    ways = heaps.shimmed(tools, "cpp", command, {}, most=False, thread=TURNS) + heaps.plain(tools, command, {}, thread=TURNS)
    return Row("z3", "z3 4.8", "C++", tuple(ways), heaps.pairs(ways), (), {"problem.smt2": file},
               heaps.counters(tools, "cpp"), str(PINS) + problem())
