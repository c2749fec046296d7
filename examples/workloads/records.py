"""Parses, changes and drops many small records, as scripts that move data do.

PYTHONMALLOC=malloc sends every object to malloc; without it CPython serves
objects of up to 512 bytes from arenas of its own and malloc sees little.
Marks its phases for `onemalloc compare`. Usage: records.py [RECORDS]
"""

import json
import os
import random
import sys
import time


def mark(phase):
    if "ONEMALLOC_PHASES" in os.environ:
        with open(os.environ["ONEMALLOC_PHASES"], "a") as marks:
            marks.write(phase + "\n")


def record(rng, number):
    tags = ["tag%d" % rng.randrange(500) for _ in range(rng.randrange(1, 12))]
    return {"id": number, "name": "n" * rng.randrange(5, 80), "tags": tags}


def main(records):
    rng = random.Random(1)
    mark("parse")
    kept = {}
    for number in range(records):
        kept[number] = json.loads(json.dumps(record(rng, number)))
    mark("change")
    for _ in range(2):
        for number in rng.sample(sorted(kept), len(kept) // 2):
            kept[number]["note"] = "x" * rng.randrange(10, 900)
            kept[number]["tags"] = [tag.upper() for tag in kept[number]["tags"]]
    mark("drop most")
    for number in list(kept):
        if rng.random() < 0.9:
            del kept[number]
    mark("end")
    time.sleep(2)
    mark("idle")
    print(len(kept), "records kept")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 250_000)
