"""Speed at equal recall: what is measured at some `ef`, read off at a recall in between."""
import bisect
import dataclasses
import math


@dataclasses.dataclass
class Spot:
    """One `ef`, measured."""

    ef: int
    recall: float
    rate: float  # answers a second
    per_cpu: float = 0.0  # answers a CPU second; 0: not seen
    p50_us: float = 0.0
    p99_us: float = 0.0


@dataclasses.dataclass
class Read:
    """A curve at one recall. `is_floor`: the smallest `ef` is better than that already, and is what stands
    here; a smaller one would be faster."""

    ef: float
    rate: float
    per_cpu: float
    p50_us: float
    p99_us: float
    is_floor: bool = False


def at_recall(spots, recall, least_missed=1e-5):
    """Read off between two neighbours, straight in the logarithms of what is missed (1 - recall, but not less
    than `least_missed`) and of the figure; None if no spot gets there. A spot that is slower than another and
    no better is not on the curve."""
    curve = best(spots)
    at = bisect.bisect_left([spot.recall for spot in curve], recall)
    if at == len(curve):
        return None
    if at == 0 or curve[at].recall == recall:
        return read(curve[at], curve[at], 0, is_floor=curve[at].recall > recall)
    missed = [math.log(max(least_missed, 1 - value)) for value in (curve[at - 1].recall, recall, curve[at].recall)]
    span = missed[2] - missed[0]
    return read(curve[at - 1], curve[at], (missed[1] - missed[0]) / span if span else 1)


def best(spots):
    """Those that nobody beats in both recall and rate; the least recall first."""
    curve = []
    for spot in sorted(spots, key=lambda one: (-one.rate, -one.recall)):
        if not curve or spot.recall > curve[-1].recall:
            curve.append(spot)
    return curve


def read(low, high, share, is_floor=False):
    def between(name):
        a, b = getattr(low, name), getattr(high, name)
        return math.exp(math.log(a) * (1 - share) + math.log(b) * share) if a > 0 and b > 0 else 0.0

    return Read(*map(between, ("ef", "rate", "per_cpu", "p50_us", "p99_us")), is_floor)


def around(recalls, targets):
    """Of {ef: recall} the efs that lie around each target: the last below and the first at or above it."""
    efs, chosen = sorted(recalls), set()
    for target in targets:
        reached = next((i for i, ef in enumerate(efs) if recalls[ef] >= target), len(efs) - 1)
        chosen |= {efs[max(0, reached - 1)], efs[reached]}
    return sorted(chosen)
