"""One run of paced.c: requests at a fixed rate against one server, with the CPU seconds it took for them."""
import dataclasses
import functools
import json
import pathlib
import statistics
import subprocess
import tempfile

from .process import LOAD_CORE, compiled, cpu_seconds, on_core
from .servers import Wrong

SAID = ("p50_us", "p99_us", "p999_us", "max_us", "late_us")


@dataclasses.dataclass
class Paced:
    """What one run gave, or, from median(), what several gave."""

    rate: float  # asked for, and kept
    p50_us: float
    p99_us: float
    p999_us: float
    max_us: float
    late_us: float  # the generator's own 99th percentile
    cpu_us: float  # of the server, for an answer
    answered: int
    failures: int


@functools.cache
def program():
    folder = tempfile.TemporaryDirectory(prefix="paced-")
    return folder, compiled("paced.c", pathlib.Path(folder.name), ())


def run(server, questions, rate, seconds, connections, idle=0, pid=None):
    command = [program()[1], server.address, rate, seconds, connections, idle, questions.requests_file, questions.needle]
    before = cpu_seconds(pid) if pid else 0.0
    with on_core(LOAD_CORE):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + 120)
    if done.returncode != 0:
        raise Wrong(f"paced ended with {done.returncode}: {done.stderr}")
    cpu, said = (cpu_seconds(pid) - before if pid else 0.0), json.loads(done.stdout)
    sent = rate * (seconds + 0.5)  # the half second of its warm-up costs, too
    return Paced(rate, *(said[name] for name in SAID), 1e6 * cpu / sent, said["answered"],
                 said["failures"] + said["lost_idle"])


def median(runs):
    middles = {name: statistics.median(getattr(run, name) for run in runs) for name in ("rate", "cpu_us", *SAID)}
    return Paced(answered=sum(run.answered for run in runs), failures=sum(run.failures for run in runs), **middles)
