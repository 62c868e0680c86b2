"""The index called from C, and hnswlib, over the same points: what micro/bench_hnsw.c says of them. It runs on
the servers' core; both have one thread, and their rates are those of a second of its CPU time."""
import dataclasses
import re
import subprocess

from .curve import Spot
from .process import SERVER_CORE, on_core
from .servers import Wrong, binary

FROM_C, PEER = "called from C", "hnswlib"
LONGEST_SECONDS = 900
INSERTED = re.compile(r"^inserted +ours +(\d+) slots/s(?: +hnswlib +(\d+) slots/s)?", re.M)
EF = re.compile(r"^ef +(\d+) +ours ([\d.]+) +(\d+)/s(?: +hnswlib ([\d.]+) +(\d+)/s)?$", re.M)
KERNELS = re.compile(r"kernels: (.+)$", re.M)


@dataclasses.dataclass
class Called:
    """What was said of one set of points; without hnswlib, or without anything, if it was not built."""

    curves: dict = dataclasses.field(default_factory=dict)  # {FROM_C or PEER: [Spot]}
    inserts: dict = dataclasses.field(default_factory=dict)  # points a second
    says: str = ""


def measure(points):
    program = binary().resolve().parent / "bench" / "bench_hnsw"
    if not program.exists():
        return Called(says="`bench_hnsw` is not built (target `bench`): nothing was called from C, and no hnswlib.")
    command = [program, "rows", points.rows_file, str(points.dimensions), points.questions_file]
    with on_core(SERVER_CORE):
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS)
    if done.returncode != 0:
        raise Wrong(f"bench_hnsw ended with {done.returncode}: {done.stderr}")
    return read(done.stdout)


def read(text):
    inserted, efs = INSERTED.search(text), EF.findall(text)
    if not inserted or not efs:
        raise Wrong(f"bench_hnsw said {text}")
    called = Called(
        curves={FROM_C: [spot(ef, recall, rate) for ef, recall, rate, _, _ in efs]},
        inserts={FROM_C: float(inserted[1])},
        says="`bench_hnsw` was built without hnswlib: it is no peer here (libhnswlib-dev).",
    )
    if inserted[2]:
        called.curves[PEER] = [spot(ef, recall, rate) for ef, _, _, recall, rate in efs]
        called.inserts[PEER] = float(inserted[2])
        kernels = KERNELS.findall(text)
        called.says = f"hnswlib is compiled for this machine (its kernels: {kernels[-1]}; ours: {kernels[0]})."
    return called


def spot(ef, recall, rate):
    return Spot(int(ef), float(recall), float(rate), float(rate))
