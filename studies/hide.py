"""Takes functions out of a library: their entries in .dynsym lose their name, and nothing else changes.

A name is looked for by its hash and then compared: no name is equal to the empty one, so that nobody finds the function
any more. The library must not call it by that entry itself.
"""

import struct

from studies.model import Unusable

DYNSYM, SYMBOL = 11, 24


def hidden(library, names):
    """The bytes of an ELF file of 64 bits in which the functions `names` are not to be found."""
    data = bytearray(library)
    offset, = struct.unpack_from("<Q", data, 0x28)
    count, = struct.unpack_from("<H", data, 0x3C)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * 64) for i in range(count)]
    symbols = next(section for section in sections if section[1] == DYNSYM)
    strings = sections[symbols[6]][4]
    missing = set(names)
    for entry in range(symbols[4], symbols[4] + symbols[5], SYMBOL):
        name, section = struct.unpack_from("<I2xH", data, entry)
        start = strings + name
        text = bytes(data[start:data.index(0, start)]).decode()
        if section != 0 and text in names:
            struct.pack_into("<I", data, entry, 0)
            missing.discard(text)
    if missing:
        raise Unusable(f"the library has no {' and no '.join(sorted(missing))} to hide.")
    return bytes(data)
