"""Durable upsert over REST, beside what the disk does when somebody merely appends as many bytes and
waits for them."""
import os
import time

from harness import load
from harness.cases import upserts
from harness.micro import quoted
from harness.report import figure, percent
from harness.words import DIMENSIONS

NAME = "upsert"
TITLE = "Durable upsert over REST"
BATCHES = (1, 100, 1000)
CONNECTIONS = (1, 8)
FRACTION = 0.3  # of a round: there are six cases
BLOCK = 4096
BARE_SECONDS = 0.3


def measure(bench, section):
    seconds, words = bench.part(FRACTION), bench.words(2000)
    with bench.vecgate() as gate:
        cases = {
            (batch, many): upserts(gate, words, batch, many, seconds, [gate.pid])
            for batch in BATCHES
            for many in CONNECTIONS
        }
        bare = {("bare", batch): bare_appends(bench.folder / "bare", batch) for batch in BATCHES}
        loads = load.alternate(bench.rounds, cases | bare)
    head = ["batch", "connections", "points/s", "spread", "requests/s", "p50 us", "p99 us", "CPU us of a point",
            "bare appends/s", "requests over appends", "failures", "CPU s"]
    section.table(head, [line(*name, loads[name], loads["bare", name[0]]) for name in cases])
    section.failures({name: loads[name] for name in cases})
    best = max(100 * loads[100, many].rate for many in CONNECTIONS)
    section.goal("acknowledged in batches of 100", best, least=50_000, unit=" points/s")
    section.say(
        f"{DIMENSIONS} dimensions, new ids only, `wait=true`, a new collection for each of {bench.rounds} rounds "
        f"of {seconds} s, which must then hold every point that was acknowledged. Bare: one writer appends the "
        f"bytes of the vectors alone, in blocks of {BLOCK}, and waits for `fdatasync` each time."
    )
    section.say(quoted(bench, "bench_upsert"))


def bare_appends(path, batch):
    """A case for alternate(): appends and waits, over and over."""
    block = bytes(-(-batch * DIMENSIONS * 4 // BLOCK) * BLOCK)

    def one_round():
        file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        try:
            count, begin = 0, time.perf_counter()
            while time.perf_counter() - begin < BARE_SECONDS:
                os.write(file, block)
                os.fdatasync(file)
                count += 1
            rate = count / (time.perf_counter() - begin)
        finally:
            os.close(file)
            os.unlink(path)
        return load.Load(rate=rate, p50_us=0, p99_us=0, cpu=(), answered=count, failures=0)

    return one_round


def line(batch, connections, one, bare):
    return [batch, connections, figure(one.rate * batch), percent(one.spread), figure(one.rate),
            figure(one.p50_us), figure(one.p99_us), figure(one.cpu_us() / batch), figure(bare.rate),
            f"{one.rate / bare.rate:.2f}", one.failures, figure(one.cpu[0])]
