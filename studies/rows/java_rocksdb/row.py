"""rocksdbjni 11 (studies/java/Rocks.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_rocksdb", "rocksdbjni 11", "Rocks", 15000, 3)
