"""Netty 4.2, HTTP pipeline (studies/java/NettyHttp.java)."""

from studies import jvm


def row(tools):
    return jvm.row(tools, "java_netty", "Netty 4.2, HTTP pipeline", "NettyHttp", 8000, 18)
