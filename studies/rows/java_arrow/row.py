"""Arrow 19, fill and filter (studies/java/ArrowJob.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_arrow", "Arrow 19, fill and filter", "ArrowJob", 200, 32)
