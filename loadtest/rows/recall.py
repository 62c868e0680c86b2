"""The index over REST at equal recall: beside it the index called from C, hnswlib, and a real Qdrant where
$QDRANT_URL names one; all over the same points with the same m and ef_construct."""
import contextlib
import os

from harness import drawing, load
from harness.curve import Spot, around, at_recall
from harness.filling import EF_CONSTRUCT, M, TURN_GOAL_MS, fill, longest_turn, wait_until_indexed
from harness.graph import FROM_C, PEER
from harness.process import HERE
from harness.report import figure, percent
from harness.servers import Client, Elsewhere
from harness.words import COLLECTION, K

NAME = "recall"
TITLE = "Search in the index, at equal recall"
EFS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
TARGETS = (0.95, 0.99)
ENOUGH = 0.995  # recall: a larger ef need not be measured
CONNECTIONS = (1, 8)
FRACTION = 0.2  # of a round: there are many cases
THERE = "loadtest-recall"  # its name in a Qdrant
DRAWING = HERE / "recall.svg"
OURS, OTHER = "over REST", "Qdrant over REST"


def measure(bench, section):
    curves = {points: measure_one(bench, section, points) for points in bench.indexed}
    head = ["points", "recall", "who", "connections", "ef", "q/s", "over hnswlib's", "per CPU second", "p50 us",
            "p99 us"]
    section.table(head, [line for points, one in curves.items() for line in equal_lines(points, one)])
    for points, one in curves.items():
        give_goals(section, points, one)
    drawn = bench.folder / DRAWING.name if bench.quick else DRAWING
    drawn.write_text(drawing.curves({
        str(points): {who: spots for (who, many), spots in one.items() if many == 1} for points, one in curves.items()
    }))
    say(bench, section)


def measure_one(bench, section, points):
    """{(who, connections): [Spot]} of one set of points; the table of what was measured."""
    gate, _ = bench.filled(points)
    with gate, elsewhere(points) as other:
        with Client(gate.address) as client:
            if wait_until_indexed(client, COLLECTION, points.count) is None:
                section.fault(f"{points}: there is no index")
        servers = {OURS: (gate, COLLECTION)} | ({OTHER: (other, THERE)} if other else {})
        truth = points.truth(gate, COLLECTION)
        recalls = {who: recall_by_ef(points, *where, truth) for who, where in servers.items()}
        if len(recalls[OURS]) > 1 and len(set(recalls[OURS].values())) == 1:
            section.fault(f"{points}: `hnsw_ef` changes nothing")
        loads = load.alternate(bench.rounds, make_cases(bench, points, servers, recalls))
        with Client(gate.address) as client:
            turn_ms, turn_cpu_ms = longest_turn(client)
    head = [points, "connections", "ef", f"recall@{K}", "q/s", "spread", "p50 us", "p99 us", "CPU us of a query",
            "failures"]
    section.table(head, [line(*name, one, recalls) for name, one in loads.items()])
    section.goal(f"{points}: CPU of the loop's longest turn, searching (by the clock {figure(turn_ms)} ms)",
                 turn_cpu_ms, most=TURN_GOAL_MS, unit=" ms")
    section.failures({(points, *name): one for name, one in loads.items()})
    curves = {}
    for (who, many, ef), one in loads.items():
        spot = Spot(ef, recalls[who][ef], one.rate, one.per_cpu_second, one.p50_us, one.p99_us)
        curves.setdefault((who, many), []).append(spot)
    return curves | {(who, 1): spots for who, spots in bench.called_from_c(points).curves.items()}


@contextlib.contextmanager
def elsewhere(points):
    """A Qdrant with the same points, or None."""
    if not os.environ.get("QDRANT_URL"):
        yield None
        return
    other = Elsewhere(os.environ["QDRANT_URL"])
    with Client(other.address) as client:
        client.drop(THERE)
    fill(other, points, THERE)
    try:
        yield other
    finally:
        with Client(other.address) as client:
            client.drop(THERE)


def recall_by_ef(points, server, name, truth):
    recalls = {}
    for ef in EFS:
        recalls[ef] = points.recall(server, name, points.bodies({"hnsw_ef": ef}), truth)
        if recalls[ef] >= ENOUGH:
            break
    return recalls


def make_cases(bench, points, servers, recalls):
    """One connection at each `ef`; several at those around the recalls that are compared."""
    cases = {}
    for who, (server, name) in servers.items():
        for many in CONNECTIONS:
            for ef in recalls[who] if many == 1 else around(recalls[who], TARGETS):
                cases[who, many, ef] = searches(bench, points, server, name, many, ef)
    return cases


def searches(bench, points, server, name, many, ef):
    bodies = points.folder / f"ef-{ef}.txt"
    if not bodies.exists():
        bodies.write_text("\n".join(points.bodies({"hnsw_ef": ef})) + "\n")
    url, seconds = f"{server.url}/collections/{name}/points/query", bench.part(FRACTION)
    return lambda: load.run(url, seconds, many, "search.lua", [bodies], server.pids)


def line(who, many, ef, one, recalls):
    cpu = figure(one.cpu_us()) if one.cpu else ""
    return [who, many, ef, f"{recalls[who][ef]:.4f}", figure(one.rate), percent(one.spread), figure(one.p50_us),
            figure(one.p99_us), cpu, one.failures]


def equal_lines(points, curves):
    for target in TARGETS:
        peer = at_recall(curves.get((PEER, 1), []), target)
        for (who, many), spots in curves.items():
            read = at_recall(spots, target)
            if not read:
                yield [points, target, who, many, "not reached", *[""] * 5]
                continue
            beside = f"{read.rate / peer.rate:.2f}" if peer and who != PEER else ""
            times = [figure(value) if value else "" for value in (read.per_cpu, read.p50_us, read.p99_us)]
            yield [points, target, who, many, ("< " if read.is_floor else "") + figure(read.ef), figure(read.rate),
                   beside, *times]


def give_goals(section, points, curves):
    """What design 11 asks for; a recall that was not reached makes the section void."""
    for target in TARGETS:
        reads = {name: at_recall(spots, target) for name, spots in curves.items()}
        if not reads[OURS, 1]:
            section.fault(f"{points}: recall {target} was not reached over REST")
            continue
        at = f"{points} at recall {target}"
        in_c, peer, other = (reads.get((who, 1)) for who in (FROM_C, PEER, OTHER))
        if in_c and peer:
            section.goal(f"{at}: called from C over hnswlib's q/s", in_c.rate / peer.rate, least=1.3)
        if in_c:
            section.goal(f"{at}: q/s of a CPU second, REST over C", reads[OURS, 1].per_cpu / in_c.rate, least=0.5)
        if other:
            section.goal(f"{at}: q/s over Qdrant's", reads[OURS, 1].rate / other.rate, least=1.5)


def say(bench, section):
    if not os.environ.get("QDRANT_URL"):
        section.say("`QDRANT_URL` is not set: no real Qdrant was measured.")
    section.say(bench.called_from_c(bench.indexed[0]).says)
    section.say(
        f"m {M}, ef_construct {EF_CONSTRUCT}, cosine. Recall@{K} is over all questions, against exact answers that "
        f"were held against `brute_force.c`; rates are medians of {bench.rounds} rounds of "
        f"{bench.part(FRACTION)} s, the questions in turn. Figures at a recall are read off between the two `ef` "
        "around it, straight in the logarithms of what is missed and of the figure; `<` before an `ef`: the smallest "
        f"that was measured finds more than that. The curves: [{DRAWING.name}]({DRAWING.name})."
    )
