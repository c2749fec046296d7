"""What the figures say: changes in per cent with intervals, and the law that joins the rows."""

import math
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change in %, the ends of its interval, and how many pairs it comes from."""

    percent: float
    low: float
    high: float
    pairs: int

    @property
    def decided(self):
        return self.low > 0 or self.high < 0

    def __str__(self):
        if not self.decided:
            return f"≈ {self.low:+.1f}…{self.high:+.1f} %"
        return f"{self.percent:+.1f} % ({self.low:+.1f}…{self.high:+.1f})"


def rank(pairs, confidence=0.95):
    """How many of the smallest and of the largest values lie outside the interval of the median (the sign test's)."""
    below, outside = 0.0, -1
    while outside + 1 < pairs / 2:
        below += math.comb(pairs, outside + 1) / 2**pairs
        if 2 * below > 1 - confidence:
            break
        outside += 1
    return outside


def change(base, other):
    """The median of the ratios of pairs measured in the same round, with its 95 % interval; None under six pairs.

    The interval is that of the sign test: it asks nothing of how the figures are distributed. With six pairs it
    reaches from the least to the greatest (97 %).
    """
    pairs = min(len(base), len(other))
    outside = rank(pairs)
    if outside < 0:
        return None
    ratios = sorted(100 * (b / a - 1) for a, b in zip(base, other) if a > 0)
    if len(ratios) < pairs:
        return None
    return Change(statistics.median(ratios), ratios[outside], ratios[-1 - outside], pairs)


SAME = 2e-5
AGREEING = 3
MOST = 7


def same(counts):
    """The counts that are the same, where as many as AGREEING are: the nearest ones, in order."""
    ordered = sorted(counts)
    groups = [ordered[at:at + AGREEING] for at in range(len(ordered) - AGREEING + 1)]
    nearest = min(groups, key=lambda group: group[-1] / group[0], default=None)
    return nearest if nearest and nearest[-1] / nearest[0] - 1 < SAME else None


def enough(counts):
    """Whether a program with threads was counted often enough: three times the same, or seven times.

    Threads free memory of each other's as time has it. Most ways do not notice, and some of a JVM differ by 5e-4.
    """
    return len(counts) >= MOST or same(counts) is not None


def settled(counts):
    """One figure for some counts: the mean of those that are the same, else the median."""
    return statistics.mean(same(counts) or [statistics.median(counts)])


def exact(base, other):
    """The change of two counts, in %."""
    return 100 * (other / base - 1)


def explained(points):
    """The share of the squares of what was measured that the predictions explain, of pairs (predicted, measured); at most 1,
    and negative where they are worse than no prediction.
    """
    whole = sum(measured**2 for _, measured in points)
    left = sum((measured - predicted) ** 2 for predicted, measured in points)
    return 1 - left / whole if whole else 1.0
