"""protoc makes C++ of 24 message types: strings and small objects of C++, freed with their sizes."""

from studies import heaps
from studies.model import Row

PINS = (
    "protobuf-compiler 3.21.12-3+deb12u1 698e96f08152490ee576ead6a9116e1239514de66473305473f67ce2b5408e23",
    "libprotobuf32 3.21.12-3+deb12u1 e9e4e8cf0d2c48e2e3c17308e2093b3856f470b77e0022b7d906fb1b3551f213",
    "libprotoc32 3.21.12-3+deb12u1 27770048715fdebe3dab2f6603ca6667ac72ab474989226d2f70153522286adf",
)
MESSAGES = 24
KINDS = ("int32", "string", "bytes", "double", "repeated", "map", "message")


def schema():
    """A schema with every kind of field, the same each time."""
    lines = ['syntax = "proto3";', "package study;"]
    for number in range(MESSAGES):
        lines.append(f"message Record{number} {{")
        for field in range(14):
            kind = KINDS[(number + field) % len(KINDS)]
            kind = {"repeated": "repeated sint64", "map": "map<string, int64>",
                    "message": f"Record{number // 2}"}.get(kind, kind)
            lines.append(f"  {kind} field_{number}_{field} = {field + 1};")
        lines.append(f"  enum State {{ NEW_{number} = 0; OLD_{number} = 1; }}\n  State state = 15;\n}}")
    return "\n".join(lines) + "\n"


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "protoc")
    file = tools.cache / "protoc.proto"
    file.write_text(schema())
    command = (root / "usr/bin/protoc", "--cpp_out=.", "study.proto")
    environment = {"LD_LIBRARY_PATH": root / "usr/lib/x86_64-linux-gnu"}
    ways = heaps.shimmed(tools, "cpp", command, environment) + heaps.plain(tools, command, environment)
    return Row("protoc", "protoc 3.21", "C++", tuple(ways), heaps.pairs(ways), ("study.pb.*",),
               {"study.proto": file}, heaps.counters(tools, "cpp"), str(PINS) + schema())
