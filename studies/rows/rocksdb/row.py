"""RocksDB's own benchmark: written at random, read at random, one thread of the program and one of the store.

It is not to be had on two heaps: RocksDB asks malloc_usable_size of blocks that operator new gave it, and C's answers
for its own blocks alone. With the operators on jemalloc beside glibc db_bench ends by SIGSEGV.
"""

import re

from studies import heaps
from studies.model import ALL, Row

PINS = (
    "rocksdb-tools 7.8.3-2 24d32c3cd10aec4e3396617f7fb5659bf57748173238e1988e066bf3b75b8a0e",
    "librocksdb7.8 7.8.3-2 4cb7fe0c53dc15ca02ff6d077f72c0e8e0f2f3d91b725c03cccc6f5121184503",
    "libgflags2.2 2.2.2-2 288af17a1d3a0955f56c8347ea81bd33534add8b22c5b1b4771d8ac1c85b5ba0",
    "libsnappy1v5 1.1.9-3 a2ec50d0f92864e7524c96352bc2c62221126ee1ef58f77af7bf369c60b6e98f",
    "liblz4-1 1.9.4-1 64cde86cef1deaf828bd60297839b59710b5cd8dc50efd4f12643caaee9389d3",
)
# What its threads do beside its own work differs by 100,000 instructions from run to run: 4e-5 of this much.
NUMBER = 60000


def kept(text):
    """What was found: the times differ in each run."""
    return b" ".join(re.findall(rb"\(\d+ of \d+ found\)", text))


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "rocksdb")
    # The memtable holds all that is written, so that no thread of the store works beside the program's own.
    command = (root / "usr/bin/db_bench", "--benchmarks=fillrandom,readrandom,flush,readrandom,readseq", f"--num={NUMBER}", "--seed=7",
               "--threads=1", "--db=store", "--compression_type=none", "--disable_wal=true",
               "--write_buffer_size=67108864", "--max_background_jobs=1", "--cache_size=-1", "--bloom_bits=10",
               "--stats_dump_period_sec=0", "--stats_persist_period_sec=0", "--dump_malloc_stats=false")
    environment = {"LD_LIBRARY_PATH": root / "usr/lib/x86_64-linux-gnu"}
    ways = heaps.shimmed(tools, "cpp", command, environment, most=False, two=False, thread=ALL) + heaps.plain(tools, command, environment, thread=ALL)
    return Row("rocksdb", "RocksDB 7.8, db_bench", "C++", tuple(ways), heaps.pairs(ways), (), {},
               heaps.counters(tools, "cpp"), str(PINS), kept)
