"""rocksdbjni 11, buffers by the seam (studies/java/Rocks.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_rocksdb", "rocksdbjni 11, buffers by the seam", "Rocks", 15000)
