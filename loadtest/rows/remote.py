"""What the gateway adds when the points are elsewhere: vecgate's qdrant backend before a second vecgate,
and before a real Qdrant where $QDRANT_URL names one. Gateway and second vecgate share the servers' core,
so rates are those of both together; CPU is told apart."""
import contextlib
import os

from harness import load
from harness.cases import searches, upserts
from harness.report import figure, percent
from harness.servers import Client, Elsewhere
from harness.words import DIMENSIONS, K

NAME = "remote"
TITLE = "The qdrant backend"
CONNECTIONS = (1, 8)
BATCH = 100
FRACTION = 0.3  # of a round: there are eight cases
COLLECTION = "loadtest-remote"


class Second:
    """A vecgate in the place of a Qdrant."""

    def __init__(self, gate):
        self.url, self.address, self.pids = gate.url, gate.address, [gate.pid]


def measure(bench, section):
    with bench.vecgate() as gate:
        compare(bench, section, "a second vecgate", Second(gate))
    if os.environ.get("QDRANT_URL"):
        compare(bench, section, "Qdrant", Elsewhere(os.environ["QDRANT_URL"]))
    else:
        section.say("`QDRANT_URL` is not set: no real Qdrant was measured.")
    section.say(
        f"2 000 words of {DIMENSIONS} dimensions; upserts are batches of {BATCH}, `wait=true`; {bench.rounds} "
        f"rounds of {bench.part(FRACTION)} s, direct and through the gateway in turn. Gateway and second vecgate "
        "share one core, so rates are those of both."
    )


def compare(bench, section, name, back):
    """`back` directly and through a gateway before it; both see the same collection."""
    words = bench.words(2000)
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": back.url}
    with bench.vecgate(env) as gate, stored(words, gate):
        ways = {"direct": (back, back.pids), "through": (gate, [gate.pid, *back.pids])}
        recall = {way: words.recall(server.address, COLLECTION) for way, (server, _) in ways.items()}
        loads = load.alternate(bench.rounds, make_cases(bench, words, ways))
    head = [f"before {name}", "connections", "way", "requests/s", "spread", "p50 us", "p99 us",
            "gateway's CPU us", "backend's CPU us", f"recall@{K}", "failures"]
    section.table(head, [line(*case, one, recall[case[2]]) for case, one in loads.items()])
    section.failures(loads)
    for kind in ("search", "upsert"):
        direct, through = loads[kind, 1, "direct"], loads[kind, 1, "through"]
        section.say(f"- {kind} before {name}: p50 grows by {figure(through.p50_us - direct.p50_us)} us, "
                    f"at one connection the rate is {through.rate / direct.rate:.2f} of the direct one")
    if recall["through"] < recall["direct"]:
        section.fault(f"recall falls from {recall['direct']} to {recall['through']} on the way")


def make_cases(bench, words, ways):
    seconds, cases = bench.part(FRACTION), {}
    for many in CONNECTIONS:
        for way, (server, pids) in ways.items():
            cases["search", many, way] = searches(server, words, many, seconds, pids, COLLECTION)
    for many in CONNECTIONS:
        for way, (server, pids) in ways.items():
            cases["upsert", many, way] = upserts(server, words, BATCH, many, seconds, pids)
    return cases


@contextlib.contextmanager
def stored(words, gate):
    words.store(gate.address, COLLECTION)
    try:
        yield
    finally:
        with Client(gate.address) as client:
            client.drop(COLLECTION)


def line(kind, connections, way, one, recall):
    cpu = [figure(one.cpu_us(which)) for which in range(len(one.cpu))]
    gateways, backs = (cpu[:1], cpu[1:]) if way == "through" else ([], cpu)
    return [kind, connections, way, figure(one.rate), percent(one.spread), figure(one.p50_us), figure(one.p99_us),
            (gateways or [""])[0], (backs or [""])[0], f"{recall:.4f}" if kind == "search" else "", one.failures]
