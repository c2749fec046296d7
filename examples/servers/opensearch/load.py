"""Indexes documents in batches of 500 and searches them: load.py DOCUMENTS SEARCHES."""

import json
import random
import sys
import time
import urllib.request

BATCH = 500

documents, searches = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(1)
words = ["".join(chance.choices("abcdefghij", k=chance.randint(3, 9))) for _ in range(5000)]


def ask(method, path, body):
    request = urllib.request.Request(
        "http://127.0.0.1:19200" + path,
        body.encode(),
        {"Content-Type": "application/x-ndjson"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def batch(first):
    lines = []
    for number in range(first, first + BATCH):
        text = " ".join(chance.choices(words, k=40))
        lines.append('{"index":{}}')
        lines.append(json.dumps({"number": number, "text": text, "value": chance.random()}))
    return "\n".join(lines) + "\n"


def search():
    return json.dumps(
        {
            "query": {"match": {"text": " ".join(chance.choices(words, k=2))}},
            "aggs": {"mean": {"avg": {"field": "value"}}},
        }
    )


def timed(method, path, bodies):
    """Returns the seconds of each request."""
    seconds = []
    for body in bodies:
        began = time.monotonic()
        answer = ask(method, path, body)
        seconds.append(time.monotonic() - began)
        if answer.get("errors") or answer.get("timed_out"):
            sys.exit("load.py: " + json.dumps(answer)[:300])
    return sorted(seconds)


settings = {"number_of_shards": 2, "number_of_replicas": 0, "index.codec": "best_compression"}
ask("PUT", "/texts", json.dumps({"settings": settings}))
bulk = timed("POST", "/texts/_bulk", (batch(first) for first in range(0, documents, BATCH)))
ask("POST", "/texts/_refresh", "")
found = timed("POST", "/texts/_search", (search() for _ in range(searches)))

print("documents/s", round(len(bulk) * BATCH / sum(bulk)))
print("searches/s", round(len(found) / sum(found), 1))
print("search-p99", round(found[len(found) * 99 // 100] * 1e3, 2), "ms")
