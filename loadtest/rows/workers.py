"""Searches through one worker and through two, before a backend that needs no time: what a second process brings,
and what it costs. Gateway and backend may run on all cores, wrk has one."""
import contextlib
import os

from harness import load
from harness.answering import Answering
from harness.cases import searches
from harness.process import CORES, family, memory
from harness.report import figure, percent
from harness.servers import Nginx, Vecgate, Wrong
from harness.words import DIMENSIONS

NAME = "workers"
TITLE = "One worker and two"
COLLECTION = "loadtest-workers"
COUNTS = (1, 2)
CONNECTIONS = (16, 64)
FRACTION = 0.6  # of a round: there are four cases
MIB = 1 << 20


class Everywhere(Vecgate):
    """A vecgate that may run on all cores."""

    def _spawn(self):
        super()._spawn()
        spread(self.pid)


def spread(pid):
    for member in family(pid):
        os.sched_setaffinity(member, CORES)


def measure(bench, section):
    if not Nginx.program():
        raise Wrong("nginx is not installed: there is no backend that needs no time")
    words = bench.words(2000)
    with contextlib.ExitStack() as stack:
        with bench.vecgate() as real:
            words.store(real.address, COLLECTION)
            backend = Answering(bench.fresh_folder(), real.address, COLLECTION, words.bodies_file.read_text().splitlines()[0])
        stack.enter_context(backend)
        spread(backend.pid)
        gates = {count: stack.enter_context(gate(bench, backend, count)) for count in COUNTS}
        idle = {count: memory(each.pid)[0] for count, each in gates.items()}
        cases = {}
        for many in CONNECTIONS:
            for count, each in gates.items():
                pids = [each.pid, backend.pid]
                cases[count, many] = searches(each, words, many, bench.part(FRACTION), pids, COLLECTION)
        loads = load.alternate(bench.rounds, cases)
    tell(bench, section, loads, idle)


def gate(bench, backend, count):
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": backend.url, "VECGATE_WORKERS": str(count)}
    env |= {"VECGATE_LOG_ACCESS": "false"}
    return Everywhere(bench.fresh_folder(), env)


def tell(bench, section, loads, idle):
    head = ["workers", "connections", "requests/s", "spread", "p50 us", "p99 us", "gateway's CPU us",
            "backend's CPU us", "PSS idle MiB", "failures"]
    section.table(head, [line(*case, one, idle[case[0]]) for case, one in loads.items()])
    section.failures(loads)
    for many in CONNECTIONS:
        one, two = loads[1, many], loads[2, many]
        section.say(f"- {many} connections: two workers answer {two.rate / one.rate:.2f} times as many as one, each "
                    f"answer costs {two.cpu_us() / one.cpu_us():.2f} times the CPU")
    section.say(
        f"Questions of {DIMENSIONS} dimensions, answers of ten hits from memory; {bench.rounds} rounds of "
        f"{bench.part(FRACTION)} s, in turn, on {len(CORES)} cores, of which wrk and the backend take their part: what "
        "a second worker can bring is what they leave."
    )


def line(count, many, one, idle):
    return [count, many, figure(one.rate), percent(one.spread), figure(one.p50_us), figure(one.p99_us),
            figure(one.cpu_us(0)), figure(one.cpu_us(1)), f"{idle / MIB:.1f}", one.failures]
