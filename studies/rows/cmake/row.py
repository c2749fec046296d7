"""cmake configures and generates a project of 40 targets that needs no compiler."""

from studies import heaps
from studies.model import TURNS, Row

PINS = (
    "cmake 3.25.1-1 257a11063855f09e48696057fdb1ba2bcf1069502e0302576831dc2fb1571d7f",
    "cmake-data 3.25.1-1 8371f9694da94fd551a3ea653e2e25d99747471ca0b48cc029bf5c792ea590a3",
    "libjsoncpp25 1.9.5-4 4ab06b9ce67470579be3112bf2b6b314012f93bfff619580b93a902d6b1221c5",
    "libarchive13 3.6.2-1+deb12u5 45419b8c7646c1af12783ae31906ce2da4c465c1a948b01f8f44152d8269f403",
    "librhash0 1.4.3-3 d9ba48a51fd4734aaaf3a75fd94b6352a02f9eaa88d3bec84cd0b5d3090f9d2a",
    "libuv1 1.44.2-1+deb12u1 204f0e13354b44e6d19317887a53dab6f26696e8d95838db970b81f2a393f7fd",
    "libcurl4 7.88.1-10+deb12u15 3042904de01f9c4fbdcf1452b8f81abedcf2b015f9b9deba109063322b5bd68b",
)
TARGETS = 40
PROJECT = """cmake_minimum_required(VERSION 3.20)
project(study NONE)
set(all "")
foreach(number RANGE 1 %d)
  foreach(part a b c)
    set(file ${CMAKE_BINARY_DIR}/made-${number}-${part}.txt)
    add_custom_command(OUTPUT ${file} COMMAND ${CMAKE_COMMAND} -E touch ${file} COMMENT "part ${part} of ${number}")
    list(APPEND files-${number} ${file})
  endforeach()
  add_custom_target(target-${number} DEPENDS ${files-${number}})
  string(REGEX REPLACE "([0-9]+)-([a-c])" "\\\\2-\\\\1" turned "${files-${number}}")
  list(APPEND all ${turned})
  list(REMOVE_DUPLICATES all)
  if(number GREATER 1)
    math(EXPR before "${number} / 2 + 1")
    if(NOT before EQUAL number)
      add_dependencies(target-${number} target-${before})
    endif()
  endif()
endforeach()
list(LENGTH all length)
message(STATUS "${length} files")
""" % TARGETS


def row(tools):
    root = tools.packages.unpacked(PINS, tools.cache / "cmake")
    project = tools.cache / "cmake.txt"
    project.write_text(PROJECT)
    # Without a linker it starts one with an empty name, and looks through all processes of the machine to end it.
    command = (root / "usr/bin/cmake", "-G", "Unix Makefiles", "-DCMAKE_MAKE_PROGRAM=/bin/true", "-DCMAKE_LINKER=/bin/true", "-S", "project", "-B", "made")
    environment = {"LD_LIBRARY_PATH": root / "usr/lib/x86_64-linux-gnu"}
    ways = heaps.shimmed(tools, "cpp", command, environment, most=False, thread=TURNS) + heaps.plain(tools, command, environment, thread=TURNS)
    return Row("cmake", "cmake 3.25", "C++", tuple(ways), heaps.pairs(ways),
               ("made/Makefile", "made/CMakeFiles/Makefile2"), {"project/CMakeLists.txt": project},
               heaps.counters(tools, "cpp"), str(PINS) + PROJECT,
               lambda text: b"\n".join(line for line in text.splitlines() if b"files" in line and b"written" not in line))
