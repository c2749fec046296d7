"""cache outside the heap (studies/java/OffHeapCache.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_cache", "cache outside the heap", "OffHeapCache", 600000, 16)
