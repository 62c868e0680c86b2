"""One run of wrk against one server, with the CPU seconds that the server took for it."""
import dataclasses
import json
import shutil
import statistics
import subprocess

from .process import HERE, cpu_seconds
from .servers import Wrong

FAILURES = ("connect", "read", "write", "timeout", "status", "wrong")


@dataclasses.dataclass
class Load:
    """What one run gave, or, from median(), what several gave."""

    rate: float  # answers a second
    p50_us: float
    p99_us: float
    cpu: tuple  # seconds, for each of the processes asked about
    answered: int
    failures: int
    spread: float = 0.0  # (fastest - slowest) / median
    seconds: float = 0.0

    @property
    def per_cpu_second(self):
        return self.answered / self.cpu[0] if self.cpu and self.cpu[0] else 0.0

    def busy(self, which=0):
        """The share of a core that this process had."""
        return self.cpu[which] / self.seconds if self.seconds and len(self.cpu) > which else 0.0

    def cpu_us(self, which=0):
        """CPU of an answer, in microseconds."""
        return 1e6 * self.cpu[which] / self.answered if self.answered and len(self.cpu) > which else 0.0


def program():
    return shutil.which("wrk")


def run(url, seconds, connections, script="report.lua", arguments=(), pids=(), header=()):
    """One thread of wrk, on the core that the harness is on; with a header of (name, value) in each request."""
    command = ["wrk", "--threads", "1", "--connections", connections, "--duration", f"{seconds}s"]
    command += ["--timeout", "10s", *(["--header", ": ".join(header)] if header else [])]
    command += ["--script", HERE / "wrk" / script, url, "--", *arguments]
    before = [cpu_seconds(pid) for pid in pids]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + 60)
    cpu = tuple(cpu_seconds(pid) - was for pid, was in zip(pids, before))
    last = done.stdout.rstrip().rpartition("\n")[2]
    if done.returncode != 0 or not last.startswith("{"):
        raise Wrong(f"wrk ended with {done.returncode}: {done.stdout}{done.stderr}")
    said = json.loads(last)
    return Load(
        rate=said["requests"] / said["seconds"],
        p50_us=said["p50_us"],
        p99_us=said["p99_us"],
        cpu=cpu,
        answered=said["requests"],
        failures=sum(said.get(kind, 0) for kind in FAILURES) + (said["requests"] == 0),
        seconds=said["seconds"],
    )


def median(loads):
    """Of the rounds: the median of each figure, all CPU seconds, answers and failures."""
    rates = [load.rate for load in loads]
    middle = statistics.median(rates)
    return Load(
        rate=middle,
        p50_us=statistics.median(load.p50_us for load in loads),
        p99_us=statistics.median(load.p99_us for load in loads),
        cpu=tuple(map(sum, zip(*(load.cpu for load in loads)))),
        answered=sum(load.answered for load in loads),
        failures=sum(load.failures for load in loads),
        spread=(max(rates) - min(rates)) / middle if middle else 0.0,
        seconds=sum(load.seconds for load in loads),
    )


def alternate(rounds, cases):
    """Runs every case once, then all of them again, `rounds` times. Answers the median of each, by name."""
    loads = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            loads[name].append(case())
    return {name: median(each) for name, each in loads.items()}
