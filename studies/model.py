"""What a row is made of, and the one exception that users see."""

from dataclasses import dataclass, field


# Way.thread: one counter serves the first two, and is exact as long as one thread works at a time.
ONE, TURNS, ALL = "one", "turns", "all"


class Unusable(Exception):
    """One sentence: what is wrong, where, what to do."""


@dataclass(frozen=True)
class Way:
    """One way to run a row's program.

    `preload` is LD_PRELOAD in order. `serves` says who must define a function for whoever calls it: the name of the
    function to the end of the file's name. `blocks` is the library to preload instead for asking of every freed
    block whose it is. `start` is the command that starts the program and does nothing, to be subtracted. All of `says` must be
    in what the program prints. `thread` says whose instructions count: of a program that has ONE, of all whose threads work
    in TURNS, of ALL, or of some by their numbers, in the order in which threads begin. `marked`: of them only those
    between the two marks that the program sets (icount.c).
    """

    name: str
    command: tuple
    preload: tuple = ()
    environment: dict = field(default_factory=dict)
    serves: dict = field(default_factory=dict)
    blocks: tuple = ()
    says: tuple = ()
    start: tuple = ()
    simulated: bool = True
    thread: object = ONE
    marked: bool = False


@dataclass(frozen=True)
class Pair:
    """What one change does: from the way `base` to the way `way`. `question` groups the pairs of all rows."""

    question: str
    base: str
    way: str


@dataclass(frozen=True)
class Row:
    """A program at fixed work, in its ways.

    `outputs` are the files it writes that must be the same in all ways, as what it prints must be, after `kept` has
    taken from it what tells the time. `files` are what it finds in its folder. `counters` are (label, way, libraries
    to preload). `stamp` tells builds apart.
    """

    name: str
    title: str
    language: str
    ways: tuple
    pairs: tuple
    outputs: tuple = ()
    files: dict = field(default_factory=dict)
    counters: tuple = ()
    stamp: str = ""
    kept: object = None

    def way(self, name):
        """The way of that name."""
        return next(way for way in self.ways if way.name == name)
