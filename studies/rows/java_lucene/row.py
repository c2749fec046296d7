"""Lucene 10 (studies/java/Index.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_lucene", "Lucene 10", "Index", 5000, 1, seam=False)
