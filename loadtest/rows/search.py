"""Exact search of the embedded engine over REST; beside it the kernel alone, called from C."""
import contextlib
import subprocess

from harness import load
from harness.cases import searches
from harness.micro import quoted
from harness.process import SERVER_CORE, compiled, on_core
from harness.report import figure, percent
from harness.words import DIMENSIONS, K, QUESTIONS

NAME = "search"
TITLE = "Embedded exact search over REST"
CONNECTIONS = (1, 8)
BYTES = 4 * DIMENSIONS  # of a vector
FRACTION = 0.4  # of a round: there are four cases


def measure(bench, section):
    if 100_000 not in bench.sizes:
        section.say("Not measured: 100 000 points (a quick run, or `loadtest/fetch-data.sh` brought nothing).")
    seconds = bench.part(FRACTION)
    with contextlib.ExitStack() as stack:
        gates = {count: stack.enter_context(bench.stocked(count)) for count in bench.sizes}
        recall = {count: bench.words(count).recall(gate.address) for count, gate in gates.items()}
        cases = {
            (count, many): searches(gate, bench.words(count), many, seconds, [gate.pid])
            for count, gate in gates.items()
            for many in CONNECTIONS
        }
        loads = load.alternate(bench.rounds, cases)
    bare = {count: read_rate(bench.folder, count * BYTES) for count in gates}
    head = ["points", "connections", "q/s", "spread", "p50 us", "p99 us", "CPU us of a query",
            "GB of a CPU second", "of a bare read", f"recall@{K}", "failures", "CPU s"]
    section.table(head, [line(*name, one, bare[name[0]], recall[name[0]]) for name, one in loads.items()])
    section.failures(loads)
    for count, share in recall.items():
        section.goal(f"recall@{K} of {count} points", share, least=1.0)
        if share < 1:
            section.fault(f"recall at {count} points is {share}")
    section.say(f"{DIMENSIONS} dimensions, cosine, {QUESTIONS} questions in turn, {bench.rounds} rounds of "
                f"{seconds} s. Recall is measured over all questions, against `brute_force.c`. "
                "A bare read, `read_rate.c`, sums memory of the same size: "
                + ", ".join(f"{rate / 1e9:.1f} GB/s at {count} points" for count, rate in bare.items()) + ".")
    section.say(quoted(bench, "bench_exact"))


def read_rate(folder, size):
    """Bytes that one core reads in a second from memory, or cache, that holds so many."""
    program = compiled("read_rate.c", folder)
    with on_core(SERVER_CORE):
        return float(subprocess.run([program, str(size)], capture_output=True, text=True, check=True).stdout)


def line(count, connections, one, bare, recall):
    scanned = one.per_cpu_second * count * BYTES
    return [count, connections, figure(one.rate), percent(one.spread), figure(one.p50_us), figure(one.p99_us),
            figure(one.cpu_us()), figure(scanned / 1e9), percent(scanned / bare), f"{recall:.4f}", one.failures,
            figure(one.cpu[0])]
