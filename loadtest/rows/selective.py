"""Filtered search in the index: four selectivities, of filters that have nothing to do with the question and
of filters whose points lie around it, or far from it."""
from harness import load
from harness.filling import wait_until_indexed
from harness.report import figure, percent
from harness.servers import Client
from harness.words import COLLECTION, K

NAME = "selective"
TITLE = "Filtered search in the index"
SHARES = (500, 100, 10, 1)  # thousandths that pass
CONNECTIONS = (1, 8)
FRACTION = 0.2  # of a round: there are many cases
LEAST_RECALL = 0.95
# Field of the payload, and which of the questions, when those nearest to the points that pass are first.
KINDS = {
    "by chance": ("chance", slice(None)),
    "around the question": ("near", slice(None, 100)),
    "far from the question": ("near", slice(-100, None)),
}


def measure(bench, section):
    for points in bench.indexed:
        if points.title != "words" or points.count <= 100_000:  # two of three will do
            measure_one(bench, section, points)
    section.say(
        f"`hnsw_ef` is not given, so the default's. A filter is a range of an indexed integer. *By chance*: all "
        "questions, and a field that has nothing to do with the vector; *around*: the points that pass are those "
        "nearest to one question, and the 100 questions nearest to that are asked; *far*: of the same points, by the "
        f"100 farthest questions. Recall@{K} against the server's exact answers with the same filter, of which some "
        f"were held against `brute_force.c` over the points that pass. Medians of {bench.rounds} rounds of "
        f"{bench.part(FRACTION)} s."
    )


def measure_one(bench, section, points):
    gate, _ = bench.filled(points)
    order = points.sorted_questions()
    with gate:
        with Client(gate.address) as client:
            if wait_until_indexed(client, COLLECTION, points.count) is None:
                section.fault(f"{points}: there is no index")
        cases, recalls = {}, {}
        for kind, (field, which) in KINDS.items():
            for share in SHARES:
                of = order[which]
                bodies = points.bodies(None, (field, share), of)
                truth = points.truth(gate, COLLECTION, (field, share), of)
                recalls[kind, share] = points.recall(gate, COLLECTION, bodies, truth)
                for many in CONNECTIONS:
                    cases[kind, share, many] = searches(bench, points, gate, f"{field}-{which.stop}-{share}", bodies,
                                                        many)
        loads = load.alternate(bench.rounds, cases)
    head = [f"{points}: points that pass", "share", "connections", f"recall@{K}", "q/s", "spread", "p50 us", "p99 us",
            "CPU us of a query", "failures"]
    section.table(head, [line(*name, one, recalls) for name, one in loads.items()])
    section.failures({(points, *name): one for name, one in loads.items()})
    (kind, share), recall = min(recalls.items(), key=lambda one: one[1])
    section.goal(f"{points}: the least recall, {share / 10:g} % {kind}", recall, least=LEAST_RECALL)


def searches(bench, points, gate, name, bodies, many):
    file = points.folder / f"{name}.txt"
    file.write_text("\n".join(bodies) + "\n")
    url, seconds = f"{gate.url}/collections/{COLLECTION}/points/query", bench.part(FRACTION)
    return lambda: load.run(url, seconds, many, "search.lua", [file], [gate.pid])


def line(kind, share, many, one, recalls):
    return [kind, f"{share / 10:g} %", many, f"{recalls[kind, share]:.4f}", figure(one.rate), percent(one.spread),
            figure(one.p50_us), figure(one.p99_us), figure(one.cpu_us()), one.failures]
