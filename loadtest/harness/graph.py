"""The index called from C, and hnswlib, over the same points: the programs of loadtest/micro that measure a
graph alone. They run on the servers' core, one thread each."""
import dataclasses

FROM_C, PEER = "called from C", "hnswlib"


@dataclasses.dataclass
class Called:
    """What they said of one set of points; empty where a program is not there."""

    curves: dict = dataclasses.field(default_factory=dict)  # {FROM_C or PEER: [Spot]}
    inserts: dict = dataclasses.field(default_factory=dict)  # points a second
    says: str = ""


def measure(points):
    return Called(says="`bench_hnsw` is not built (target `bench`).")
