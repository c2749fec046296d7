"""What must be seen before a way counts: the same outputs, the loader's word on who serves whom, no foreign free."""

import json
import re

from studies.model import Unusable

BINDING = re.compile(rb"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: normal symbol `([^']+)'")


def bindings(text):
    """What LD_DEBUG=bindings wrote, as a set of (who, provider, function)."""
    return {tuple(part.decode(errors="replace") for part in found) for found in BINDING.findall(text)}


def served(bound, serves, program=""):
    """Checks that each function has the provider that `serves` says; returns the number of references, or raises.

    A program of fixed address that takes the address of a function stands in for it with a PLT entry of its own; that
    is right if its own reference has the provider.

    A provider's own references count too. The loader itself takes malloc for itself late, and by name
    (rtld-malloc.h): it shows like every other. A function that nobody refers to proves nothing, so one at least must.
    """
    seen = dict.fromkeys(serves, 0)
    for who, provider, function in sorted(bound):
        if function in serves:
            seen[function] += 1
            stands_in = provider == program and any(
                of == program and at.endswith(serves[function]) for of, at, name in bound if name == function)
            if not provider.endswith(serves[function]) and not stands_in:
                raise Unusable(f"{function} of {who} is bound to {provider}, and {serves[function]} was to serve it.")
    missing = [function for function, count in seen.items() if count == 0]
    if missing:
        raise Unusable(f"nothing refers to {', '.join(missing)}.")
    return sum(seen.values())


def nobody_asks(bound):
    """Checks that no library asks C for the size of a block: with two heaps it may be one of the other heap's."""
    for who, provider, function in sorted(bound):
        if function == "malloc_usable_size" and who != provider:
            raise Unusable(f"{who} asks malloc_usable_size, and with two heaps the block may be the other's.")


def prove(bench, row, way, reference):
    """Runs what proves a way; returns the proof for the record. `reference` is the outputs' digest so far, or None."""
    run = bench.native(row, way)
    if reference is not None and run.outputs != reference:
        raise Unusable(f"{row.name}, {way.name}: its output is another than that of {row.ways[0].name}.")
    proof = {"outputs": run.outputs}
    if way.says:
        for words in way.says:
            if words not in run.text:
                raise Unusable(f"{row.name}, {way.name}: it does not say {words!r} but {run.text[-900:]!r}.")
        proof["says"] = list(way.says)
    if way.serves:
        bench.native(row, way, more={"LD_BIND_NOW": "1", "LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": bench.folder / ".bound"})
        text = b"".join(file.read_bytes() for file in sorted(bench.folder.glob(".bound.*")))
        try:
            proof["references"] = served(bindings(text), way.serves, str(way.command[0]))
            if way.blocks:
                nobody_asks(bindings(text))
        except Unusable as wrong:
            raise Unusable(f"{row.name}, {way.name}: {wrong}") from None
        proof["serves"] = way.serves
    if way.blocks:
        bench.native(row, way, preload=way.blocks, more={"STUDY_BLOCKS": bench.folder / ".blocks"})
        asked = json.loads((bench.folder / ".blocks").read_text())
        proof["asked"], proof["foreign"] = asked["asked"], asked["foreign"]
        if asked["foreign"] != 0 or asked["asked"] == 0:
            raise Unusable(f"{row.name}, {way.name}: of {asked['asked']} freed blocks {asked['foreign']} were the other heap's.")
    return proof
