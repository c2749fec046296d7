"""The ways and pairs that every program with a shim has: Rust's functions, or C++'s operators, and C beside them."""

from studies.model import ONE, Pair, Way

JEMALLOC = "libjemalloc.so.2"
LIBC = "libc.so.6"


def _c(provider):
    return {"malloc": provider, "free": provider}


def plain(tools, command, environment, thread=ONE):
    """The program as it is, on each allocator: nothing in between."""
    return [
        Way("glibc", command, (), environment, _c(LIBC), thread=thread),
        Way("jemalloc", command, (tools.jemalloc,), environment, _c(JEMALLOC), thread=thread),
        Way("mimalloc", command, (tools.mimalloc,), environment, _c(tools.mimalloc.name),
            thread=thread),
    ]


PLAIN_PAIRS = [
    Pair("which allocator", "glibc", "jemalloc"),
    Pair("which allocator", "glibc", "mimalloc"),
]


def shimmed(tools, front, command, environment, most=True, two=True, thread=ONE):
    """The ways with a shim; `front` is rust or cpp. The first is the one that most others are compared with.

    `most` adds the rarer forms of the call. `two` is false for a program that cannot live on two heaps.
    """
    calls = {"rust": ("__rust_alloc", "__rust_dealloc"), "cpp": ("_Znwm", "_ZdlPvm")}[front]

    def way(name, shim, beneath, more=None, blocks=None):
        preload = [tools.shim(front, shim)] + ([beneath] if beneath else [])
        serves = {call: preload[0].name for call in calls} | _c(JEMALLOC if beneath else LIBC) | (more or {})
        asked = (tools.folder / "libcfree.so", tools.shim(front, blocks), *preload[1:]) if blocks else ()
        return Way(name, command, tuple(preload), environment, serves, asked, thread=thread)

    jemalloc = tools.jemalloc
    sized = {"sdallocx": JEMALLOC}
    ways = [
        way("one jemalloc", "pass", jemalloc),
        way("one jemalloc, sized", "sized", jemalloc, sized),
        way("one jemalloc, sized, weak", "weak", jemalloc, sized),
        way("one glibc", "pass", None),
    ]
    if two:
        ways += [
            way("two jemallocs", "own", jemalloc, blocks="own-blocks"),
            way("jemalloc beside glibc", "own", None, blocks="own-blocks"),
            way("glibc beside jemalloc", "libc", jemalloc, blocks="libc-blocks"),
        ]
    if most:
        ways += [
            way("one jemalloc, sized, other library", "other", jemalloc,
                sized | {"other_malloc": "libother.so", "other_sized_free": "libother.so"}),
            way("one glibc, weak", "weak", None),
            way("jemalloc beside glibc, sized", "own-sized", None, blocks="own-blocks"),
            way("seam, malloc", "seam-malloc", jemalloc),
            way("seam, jemalloc", "seam-jemalloc", jemalloc, sized),
            way("seam, host", "seam-host", jemalloc, sized),
        ]
        if front == "rust":
            ways.append(way("one jemalloc, copy", "copy", jemalloc))
    return ways


def pairs(ways):
    """The pairs of those ways that there are."""
    names = {way.name for way in ways}
    wanted = [
        Pair("sized free", "one jemalloc", "one jemalloc, sized"),
        Pair("sized free, by the seam", "seam, malloc", "seam, jemalloc"),
        Pair("weak and checked", "one jemalloc, sized", "one jemalloc, sized, weak"),
        Pair("weak and checked", "one glibc", "one glibc, weak"),
        Pair("weak and checked, by the seam", "seam, jemalloc", "seam, host"),
        Pair("in another library", "one jemalloc, sized", "one jemalloc, sized, other library"),
        Pair("no realloc", "one jemalloc", "one jemalloc, copy"),
        Pair("two heaps of one make", "one jemalloc", "two jemallocs"),
        Pair("two heaps, against one jemalloc", "one jemalloc", "jemalloc beside glibc"),
        Pair("two heaps, against one jemalloc", "one jemalloc", "glibc beside jemalloc"),
        Pair("two heaps, against one glibc", "one glibc", "jemalloc beside glibc"),
        Pair("two heaps, against one glibc", "one glibc", "glibc beside jemalloc"),
        Pair("sized free beside glibc", "jemalloc beside glibc", "jemalloc beside glibc, sized"),
        Pair("the shim alone", "jemalloc", "one jemalloc"),
        *PLAIN_PAIRS,
    ]
    return tuple(pair for pair in wanted if pair.base in names and pair.way in names)


def counters(tools, front):
    """Counts the calls that the shim gets, and all calls of C's family, on glibc."""
    return (("shim", "one glibc", (tools.shim(front, "count"),)), ("family", "glibc", (tools.folder / "libccount.so",)))
