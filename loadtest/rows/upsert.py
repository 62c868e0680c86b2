"""Durable upsert over REST, beside what the disk does when somebody merely appends as many bytes and
waits for them: one writer, and as many as there are connections, each with a file of its own."""
import os
import statistics
import threading
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
        cases = {}
        for batch in BATCHES:
            for many in CONNECTIONS:
                cases[batch, many] = upserts(gate, words, batch, many, seconds, [gate.pid])
                cases["bare", batch, many] = bare_appends(bench.folder / "bare", batch_bytes(batch), many)
        loads = load.alternate(bench.rounds, cases)
    upserted = {name: one for name, one in loads.items() if name[0] != "bare"}
    head = ["batch", "connections", "points/s", "spread", "requests/s", "p50 us", "p99 us", "CPU us of a point",
            "bare appends/s", "requests over appends", "failures", "CPU s"]
    section.table(head, [line(*name, one, loads["bare", *name]) for name, one in upserted.items()])
    head = ["bare appends of bytes", "writers", "appends/s", "spread", "p50 us", "p99 us", "failures", "CPU s"]
    section.table(head, [bare_line(batch_bytes(batch), many, loads["bare", batch, many]) for batch, many in upserted])
    section.failures(loads)
    best = max(100 * loads[100, many].rate for many in CONNECTIONS)
    section.goal("acknowledged in batches of 100", best, least=50_000, unit=" points/s")
    section.say(
        f"{DIMENSIONS} dimensions, new ids only, `wait=true`, a new collection for each of {bench.rounds} rounds "
        f"of {seconds} s, which must then hold every point that was acknowledged. Bare, in the same rounds and on "
        f"the same disk: each writer appends the bytes of a batch's vectors alone, in blocks of {BLOCK}, to a file "
        "of its own and waits for `fdatasync` each time. More requests than appends: one wait of the store is for "
        "several of them."
    )
    section.say(quoted(bench, "bench_upsert"))


def batch_bytes(batch):
    return -(-batch * DIMENSIONS * 4 // BLOCK) * BLOCK


def bare_appends(path, size, writers):
    """A case for alternate(): appends and waits, over and over; the time of each append is kept."""
    block = bytes(size)

    def write(number, end, taken):
        name = f"{path}-{number}"
        file = os.open(name, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        try:
            while (begin := time.perf_counter()) < end:
                is_whole = os.write(file, block) == size
                os.fdatasync(file)
                taken.append(time.perf_counter() - begin if is_whole else None)
        finally:
            os.close(file)
            os.unlink(name)

    def one_round():
        taken, cpu, begin = [[] for _ in range(writers)], time.process_time(), time.perf_counter()
        end = begin + BARE_SECONDS
        threads = [threading.Thread(target=write, args=(i, end, taken[i])) for i in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock, every = time.perf_counter() - begin, [each for one in taken for each in one]
        times = sorted(1e6 * each for each in every if each is not None)
        return load.Load(
            rate=len(times) / clock,
            p50_us=statistics.median(times or [0]),
            p99_us=times[len(times) * 99 // 100] if times else 0,
            cpu=(time.process_time() - cpu,),
            answered=len(times),
            failures=len(every) - len(times) + sum(not one for one in taken),
        )

    return one_round


def line(batch, connections, one, bare):
    return [batch, connections, figure(one.rate * batch), percent(one.spread), figure(one.rate),
            figure(one.p50_us), figure(one.p99_us), figure(one.cpu_us() / batch), figure(bare.rate),
            f"{one.rate / bare.rate:.2f}", one.failures, figure(one.cpu[0])]


def bare_line(size, writers, one):
    return [size, writers, figure(one.rate), percent(one.spread), figure(one.p50_us), figure(one.p99_us),
            one.failures, figure(one.cpu[0])]
