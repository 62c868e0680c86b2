"""Filling the index: until all points are acknowledged, and until all are in the index; then its memory, its
start with and without a snapshot, and the longest turn of the loop meanwhile."""
import contextlib
import http.client
import statistics
import time

from harness.filling import BATCH, CONNECTIONS, EF_CONSTRUCT, M, TURN_GOAL_MS, wait_until_indexed
from harness.graph import FROM_C, PEER
from harness.points import search
from harness.process import memory
from harness.report import figure
from harness.servers import Client, Wrong, answers
from harness.words import COLLECTION, K, right

NAME = "fill"
TITLE = "Filling the index, and starting with it"
STARTS = 5
RIGHT_AT_LEAST = 0.8 * K  # of a first answer: an index may miss one
GOAL_START_MS = 1000
MIB = 2**20


def measure(bench, section):
    fillings, starts = {points: bench.filled(points)[1] for points in bench.indexed}, {}
    inserts = {points: bench.called_from_c(points).inserts for points in fillings}
    head = ["points", "fillings", "acknowledged points/s", "p50 us", "p99 us", "indexed points/s", "over hnswlib's",
            "CPU us of a point", "index called from C, points/s", "hnswlib, points/s", "failures"]
    section.table(head, [filling_line(points, filled, inserts[points]) for points, filled in fillings.items()])
    for points, filled in fillings.items():
        give_goals(section, points, filled, inserts[points])
    head = ["points", "vectors MiB", "PSS MiB, filled", "PSS MiB, started", "first answer ms, snapshot",
            "all indexed ms, snapshot", "first answer ms, none", "loop's longest turn ms, filling", "CPU ms of it"]
    section.table(head, [start_line(bench, points, starts, filled) for points, filled in fillings.items()])
    for points, taken_ms in starts.items():
        section.goal(f"{points}: start with a snapshot", taken_ms, most=GOAL_START_MS, unit=" ms")
    section.say(
        f"Batches of {BATCH} over {CONNECTIONS} connections, `wait=true`, by `put_points.c`, which made all requests "
        f"before; cosine, m {M}, ef_construct {EF_CONSTRUCT}, two payload fields with an index. *Indexed* is from the "
        "first request until `indexed_vectors_count` is all of them and the collection green. Store, index and loop "
        "share one core; hnswlib has it for itself. Medians of the fillings, and of "
        f"{3 if bench.quick else STARTS} starts: from the spawn, the folder in the page cache, after a clean stop, to "
        f"the first answer with {RIGHT_AT_LEAST:.0f} of the true {K}. *None*: the index's files were deleted before."
    )


def filling_line(points, filled, inserts):
    indexed = indexed_rate(points, filled)
    ours, peer = inserts.get(FROM_C), inserts.get(PEER)
    return [
        points, len(filled), figure(acknowledged_rate(points, filled)), figure(middle(filled, "p50_us")),
        figure(middle(filled, "p99_us")), figure(indexed) if indexed else "no index",
        f"{indexed / peer:.2f}" if indexed and peer else "", figure(1e6 * middle(filled, "cpu") / points.count),
        figure(ours) if ours else "", figure(peer) if peer else "", sum(one.failures for one in filled),
    ]


def acknowledged_rate(points, filled):
    return points.count / middle(filled, "acknowledged_seconds")


def indexed_rate(points, filled):
    """None: there is no index."""
    return None if any(one.indexed_seconds is None for one in filled) else points.count / middle(
        filled, "indexed_seconds")


def middle(filled, name):
    return statistics.median(getattr(one, name) for one in filled)


def start_line(bench, points, starts, filled):
    """Puts the milliseconds of a start with a snapshot into `starts`, too."""
    gate, _ = bench.filled(points)
    with gate:
        truth = points.truth(gate, COLLECTION)[0]
    taken, indexed, pss = [], [], 0
    for _ in range(3 if bench.quick else STARTS):
        taken.append(1e3 * gate.start_and_time(asks(points, truth)))
        began = time.monotonic()
        with Client(gate.address) as client:
            end = wait_until_indexed(client, COLLECTION, points.count)
        indexed.append(taken[-1] + 1e3 * (end - began) if end else None)
        pss = memory(gate.pid)[0]
        gate.stop()
    starts[points] = statistics.median(taken)
    return [points, figure(points.count * points.dimensions * 4 / MIB), figure(middle(filled, "pss") / MIB),
            figure(pss / MIB), figure(starts[points]),
            figure(statistics.median(indexed)) if all(indexed) else "no index",
            without_snapshot(gate, asks(points, truth)), *(figure(max(turns)) for turns in zip(*(one.turn_ms for one in filled)))]


def without_snapshot(gate, question):
    """The first answer of a start that finds no snapshot, once; the next finds one again."""
    files = list(gate.data.glob("**/index-*"))
    if not files:
        return "no snapshot"
    for file in files:
        file.unlink()
    taken = 1e3 * gate.start_and_time(question)
    gate.stop()
    return figure(taken)


def asks(points, truth):
    """Asks the first question; a wrong answer ends the measurement, none yet does not."""
    body = points.bodies(None)[0]

    def ask(address):
        with contextlib.suppress(OSError, http.client.HTTPException), Client(address) as client:
            if not answers(address, "/readyz"):
                return False
            found = search(client, COLLECTION, body)
            if right(found, truth) < RIGHT_AT_LEAST:
                raise Wrong(f"after a start the answer was {found}")
            return True
        return False

    return ask


def give_goals(section, points, filled, inserts):
    if failures := sum(one.failures for one in filled):
        section.fault(f"{failures} batches of {points} failed")
    indexed = indexed_rate(points, filled)
    if not indexed:
        section.fault(f"{points}: there is no index")
    if points.title == "words":
        section.goal(f"{points}: acknowledged", acknowledged_rate(points, filled), least=50_000, unit=" points/s")
    if indexed and PEER in inserts:
        section.goal(f"{points}: indexed, over hnswlib's insert rate", indexed / inserts[PEER], least=1)
    turn_ms = max(one.turn_ms[1] for one in filled)
    section.goal(f"{points}: CPU of the loop's longest turn, filling", turn_ms, most=TURN_GOAL_MS, unit=" ms")
