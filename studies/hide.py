"""Takes functions out of a library: their names in .dynsym begin with another letter, and nothing else moves.

A name is found by its hash, and the hash of a changed name leads nowhere: nobody finds the function any more.
"""

import struct

from studies.model import Unusable

DYNSYM = 11


def hidden(library, names):
    """The bytes of an ELF file of 64 bits in which `names` are not to be found."""
    data = bytearray(library)
    offset, = struct.unpack_from("<Q", data, 0x28)
    count, = struct.unpack_from("<H", data, 0x3C)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * 64) for i in range(count)]
    symbols = next(section for section in sections if section[1] == DYNSYM)
    strings = sections[symbols[6]][4]
    found = {}
    for entry in range(symbols[4], symbols[4] + symbols[5], 24):
        start = strings + struct.unpack_from("<I", data, entry)[0]
        found.setdefault(bytes(data[start:data.index(0, start)]).decode(), set()).add(start)
    places = set()
    for name in names:
        if name not in found:
            raise Unusable(f"the library has no {name} to hide.")
        for place in found[name]:
            # Another name may end in this one, and then its bytes would change as well.
            if any(start < place < start + len(other) for other, others in found.items() if other not in names for start in others):
                raise Unusable(f"{name} is the end of another name of the library.")
            places.add(place)
    for place in places:
        data[place] = ord(chr(data[place]).swapcase())
    return bytes(data)
