"""Lua, the same objects linked in every form that a call of the allocator can take. Only the link differs.

A static program and one of link-time optimisation also start and run otherwise: what starting takes is subtracted,
and Lua optimised without its seam is the control of Lua optimised with it.
"""

from pathlib import Path

from studies.model import Pair, Row, Way
from studies.tools import SEAM, built, content, run

SOURCE = "lua5.4 5.4.4-3+deb12u1 d47c50154294a68c8a209c5d61bc09e5b22891c01b7c47501ac3f9725eb4a813"
# Lua's hashes begin with the time and an address otherwise.
FLAGS = ("-O2", "-DLUA_COMPAT_5_3", "-DLUA_USE_POSIX", "-Dluai_makeseed(L)=42u")


def build(tools, here, folder):
    lua = tools.packages.source(SOURCE, tools.cache / "lua") / "src"
    (folder / "lua5.4-deb-multiarch.h").write_text(
        '#define LUA_ROOT2 "/usr/"\n#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"\n')
    text = (lua / "lauxlib.c").read_text()
    changed = text.replace("lua_newstate(l_alloc, NULL)", "lua_newstate(l_alloc_seam, NULL)").replace(
        "static void *l_alloc (", "extern void *l_alloc_seam(void *, void *, size_t, size_t);\n__attribute__((unused)) static void *l_alloc (")
    assert changed.count("l_alloc_seam") == 2
    (folder / "lauxlib.c").write_text(changed)
    sources = [file for file in sorted(lua.glob("*.c")) if file.name not in ("luac.c", "lauxlib.c")]
    include = ("-I", SEAM / "include", "-I", lua, "-I", folder)

    def objects(name, *flags):
        into = folder / name
        into.mkdir()
        run("gcc", *FLAGS, *flags, *include, "-c", *sources, folder / "lauxlib.c", cwd=into)
        return sorted(into.glob("*.o"))

    def seam(name, *flags):
        run("gcc", "-O2", *flags, *include, "-c", here / "seam.c", "-o", folder / f"{name}.o")
        return folder / f"{name}.o"

    core, optimised = objects("objects"), objects("lto-objects", "-flto")
    through, plain, copying = seam("seam"), seam("plain", "-DPLAIN"), seam("copy", "-DCOPY")
    libraries = ["-lm", "-Wl,-E"]
    # Named by its path: with Debian's --as-needed, -ljemalloc would be left out where only malloc is taken from it.
    jemalloc = ["-Wl,--no-as-needed", tools.jemalloc, f"-Wl,-rpath,{tools.jemalloc.parent}"]
    binding = {name: folder / f"{name}-binding.o" for name in ("malloc", "jemalloc", "host")}
    for name, file in binding.items():
        run("gcc", "-std=gnu11", "-O2", "-fPIC", "-fno-plt", *include, "-c", SEAM / "bindings" / f"{name}.c", "-o", file)

    def link(name, *parts, after=libraries):
        run("gcc", "-o", folder / name, *parts, *after)

    for name in ("malloc", "jemalloc"):
        run("gcc", "-shared", "-o", folder / f"libseam-{name}.so", binding[name], *jemalloc)
    link("plain-glibc", *core, plain)
    link("direct-glibc", *core, through, binding["malloc"])
    link("weak-glibc", *core, through, binding["host"])
    link("plain", *core, plain, *jemalloc)
    link("direct-malloc", *core, through, binding["malloc"], *jemalloc)
    link("direct", *core, through, binding["jemalloc"], *jemalloc)
    link("copy", *core, copying, binding["jemalloc"], *jemalloc)
    link("weak", *core, through, binding["host"], *jemalloc)
    for name, file in (("malloc", "other-malloc"), ("jemalloc", "other")):
        link(file, *core, through, f"-L{folder}", "-Wl,--no-as-needed", f"-lseam-{name}", f"-Wl,-rpath,{folder}", *jemalloc)
    static = ["-Wl,-u,free", tools.jemalloc_archive, "-lm", "-lpthread"]
    link("static-malloc", "-static", *core, through, binding["malloc"], after=static)
    # What ONEMALLOC_STATIC omits is the question whether somebody preloaded another allocator: nobody can.
    run("gcc", "-std=gnu11", "-O2", "-DONEMALLOC_STATIC", *include, "-c", SEAM / "bindings/jemalloc.c", "-o", folder / "static.o")
    link("static", "-static", *core, through, folder / "static.o", after=static)
    run("gcc", "-std=gnu11", "-O2", "-flto", *include, "-c", SEAM / "bindings/jemalloc.c", "-o", folder / "lto-binding.o")
    seam("lto-seam", "-flto")
    link("lto-outside", "-flto=auto", "-O2", *optimised, through, binding["jemalloc"], *jemalloc)
    link("lto", "-flto=auto", "-O2", *optimised, folder / "lto-seam.o", folder / "lto-binding.o", *jemalloc)


def row(tools):
    here = Path(__file__).parent
    key = content(here, SEAM / "bindings", SEAM / "include", tools.jemalloc)
    folder = built(tools.cache / "lua-built", key, lambda into: build(tools, here, into))

    def way(name, file, heap="libjemalloc.so.2", **more):
        serves = {"malloc": heap, "free": heap} if heap else {}
        return Way(name, (folder / file, "work.lua"), (), {}, serves | more, start=(folder / file, "empty.lua"))

    jemalloc = {"sdallocx": "libjemalloc.so.2"}
    other = {"onemalloc_allocate": "libseam-jemalloc.so"}
    ways = (
        way("direct, extended", "direct", **jemalloc),
        way("direct, malloc", "direct-malloc"),
        way("no seam", "plain"),
        way("other library, malloc", "other-malloc", onemalloc_allocate="libseam-malloc.so"),
        way("other library, extended", "other", **jemalloc, **other),
        way("weak, extended", "weak", **jemalloc),
        way("direct, extended, copy", "copy", **jemalloc),
        way("static, malloc", "static-malloc", None),
        way("static, extended", "static", None),
        way("LTO, seam outside", "lto-outside", **jemalloc),
        way("LTO, seam inside", "lto", **jemalloc),
        way("glibc, no seam", "plain-glibc", "libc.so.6"),
        way("glibc, direct", "direct-glibc", "libc.so.6"),
        way("glibc, weak", "weak-glibc", "libc.so.6"),
        Way("mimalloc, no seam", (folder / "plain-glibc", "work.lua"), (tools.mimalloc,), {},
            {"malloc": tools.mimalloc.name, "free": tools.mimalloc.name}, start=(folder / "plain-glibc", "empty.lua")),
    )
    pairs = (
        Pair("sized free, by the seam", "direct, malloc", "direct, extended"),
        Pair("sized free, by the seam", "static, malloc", "static, extended"),
        Pair("sized free, by the seam", "other library, malloc", "other library, extended"),
        Pair("weak and checked, by the seam", "direct, extended", "weak, extended"),
        Pair("weak and checked, by the seam", "glibc, direct", "glibc, weak"),
        Pair("in another library", "direct, malloc", "other library, malloc"),
        Pair("in another library", "direct, extended", "other library, extended"),
        Pair("a seam at all", "no seam", "direct, malloc"),
        Pair("a seam at all", "glibc, no seam", "glibc, direct"),
        Pair("no realloc", "direct, extended", "direct, extended, copy"),
        Pair("static", "direct, extended", "static, extended"),
        Pair("optimised across the seam", "LTO, seam outside", "LTO, seam inside"),
        Pair("which allocator", "glibc, no seam", "no seam"),
        Pair("which allocator", "glibc, no seam", "mimalloc, no seam"),
    )
    empty = folder / "empty.lua"
    empty.touch()
    return Row("lua", "Lua 5.4", "C", ways, pairs, (), {"work.lua": here / "work.lua", "empty.lua": empty},
               (("family", "glibc, no seam", (tools.folder / "libccount.so",)),), key)
