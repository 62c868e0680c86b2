"""The instruments of loadtest/: what they count, and what they make of it."""
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from gateway import ROOT

sys.path.insert(0, str(ROOT / "loadtest"))
from harness import drawing, filling, graph, points  # noqa: E402
from harness.curve import Spot, around, at_recall  # noqa: E402
from harness.servers import Client, Wrong  # noqa: E402

COUNT = 1950  # no multiple of a batch
SVG = "{http://www.w3.org/2000/svg}"


class Server:
    """A running gateway as the harness sees servers."""

    def __init__(self, gate):
        self.address, self.pids = gate.address, [gate.process.pid]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return points.of_words(tmp_path_factory.mktemp("points"), COUNT)


@pytest.fixture(scope="module")
def filled(embedded, words):
    """The name of a collection that holds them all."""
    server = Server(embedded)
    with Client(server.address) as client:
        filling.create(client, words, "loadtest-words")
    put = filling.put_points(server.address, words, "loadtest-words")
    assert (put["points"], put["failures"]) == (COUNT, 0)
    assert put["ended"] > put["began"]
    return "loadtest-words"


def test_every_point_is_put_once_as_it_was(embedded, words, filled):
    with Client(embedded.address) as client:
        assert client.count(filled) == COUNT
        body = {"ids": [1, 1234, COUNT], "with_payload": True}
        found = client.ask("POST", f"/collections/{filled}/points", body)
    assert [point["payload"] for point in found] == [
        {"chance": words.chance[i], "near": words.near[i]} for i in (0, 1233, COUNT - 1)
    ]


def test_batches_that_are_refused_are_failures(embedded, words):
    put = filling.put_points(embedded.address, words, "no-such-collection")
    assert (put["points"], put["failures"]) == (0, -(-COUNT // filling.BATCH))


def test_a_server_that_is_not_there_fails_every_batch(words):
    put = filling.put_points("127.0.0.1:1", words, "nowhere")
    assert (put["points"], put["failures"]) == (0, -(-COUNT // filling.BATCH))


@pytest.mark.parametrize("share", [None, ("chance", 100), ("near", 10), ("near", 2)])
def test_the_exact_answer_is_that_of_brute_force(embedded, words, filled, share):
    """truth() raises if the two differ."""
    of = words.sorted_questions()[:40]
    truth = words.truth(embedded, filled, share, of)
    allowed = words.passing(share) if share else range(COUNT)
    assert {id - 1 for one in truth for id in one} <= set(allowed)
    assert {len(one) for one in truth} == {min(20, len(allowed))}


def test_an_exact_answer_that_is_wrong_is_seen(words):
    answers = [[{"id": i + 1, "score": 0.5} for i in range(10)]]
    with pytest.raises(Wrong, match="asked exactly"):
        words._check(answers, None, [0])


def test_recall_is_the_share_of_the_true_ten(embedded, words, filled):
    of, share = words.sorted_questions()[::10], ("chance", 500)
    truth = words.truth(embedded, filled, None, of)
    everything = words.recall(embedded, filled, words.bodies(None, None, of), truth)
    half = words.recall(embedded, filled, words.bodies(None, share, of), truth)
    assert everything == 1.0
    passing = set(words.passing(share))
    expected = [sum(id - 1 in passing for id in list(one)[:10]) for one in truth]
    assert half == pytest.approx(sum(expected) / (10 * len(of)))
    assert 0.3 < half < 0.7


def test_the_longest_turn_is_read_from_the_metrics(embedded):
    with Client(embedded.address) as client:
        by_clock, of_cpu = filling.longest_turn(client)
    assert 0 < by_clock < 60_000
    assert 0 < of_cpu < 60_000


def spots(*rows):
    return [Spot(ef, recall, rate) for ef, recall, rate in rows]


CURVE = spots((10, 0.9, 1000), (20, 0.99, 100))
READS = [
    ("half way in what is missed is half way in the rate's logarithm", CURVE, 1 - 10**-1.5, 10**2.5, False),
    ("a recall that was measured is what was measured", CURVE, 0.99, 100, False),
    ("less than the smallest is the smallest, and said to be", CURVE, 0.5, 1000, True),
    ("the smallest itself is no bound", CURVE, 0.9, 1000, False),
    ("a spot that is slower and no better is left out", [*CURVE, Spot(15, 0.85, 500)], 1 - 10**-1.5, 10**2.5, False),
    ("all found counts as missing very little", spots((10, 0.9, 1000), (20, 1.0, 10)), 0.99, 100, False),
]


@pytest.mark.parametrize("says, curve, recall, rate, is_floor", READS, ids=[row[0] for row in READS])
def test_a_curve_is_read_at_a_recall(says, curve, recall, rate, is_floor):
    read = at_recall(curve, recall, least_missed=1e-3)
    assert (read.rate, read.is_floor) == (pytest.approx(rate), is_floor)


def test_a_recall_that_was_not_reached_has_no_figure():
    assert at_recall(CURVE, 0.995) is None
    assert at_recall([], 0.5) is None


def test_the_efs_around_a_recall_are_the_last_below_and_the_first_above():
    recalls = {10: 0.8, 20: 0.94, 40: 0.96, 80: 0.98, 160: 0.995, 320: 0.999}
    assert around(recalls, (0.95, 0.99)) == [20, 40, 80, 160]
    assert around(recalls, (0.5,)) == [10]
    assert around({10: 0.5, 20: 0.6}, (0.9,)) == [10, 20]


def test_the_drawing_keeps_every_spot_in_its_panel():
    panel = {"a & b": spots((10, 0.5, 9000), (20, 0.97, 500), (40, 1.0, 20), (80, 1.0, 10)), "c": CURVE}
    drawn = ElementTree.fromstring(drawing.curves({"one < two": panel, "three": {"c": CURVE}}))
    panels = drawn.findall(f"{SVG}g")
    assert len(panels) == 2
    seen = [circle for circle in panels[0].iter(f"{SVG}circle")]
    assert len(seen) == 4, "what finds too little is left out, and what is slower once all is found"
    for circle in seen:
        assert drawing.LEFT <= float(circle.get("cx")) <= drawing.WIDTH - drawing.RIGHT
        assert drawing.TOP <= float(circle.get("cy")) <= drawing.HEIGHT - drawing.BOTTOM
    assert [text.text for text in drawn.findall(f"{SVG}text")] == ["a & b", "c"]
    assert "one < two" in [text.text for text in panels[0].iter(f"{SVG}text")]


ALONE = """rows 20 x 4, Cosine; our kernels: avx2
inserted               ours     30000 slots/s
ef  10   ours 0.9123   20000/s
ef 100   ours 1.0000    3000/s
at recall@10 of 0.95   ours     12000 queries/s
"""
BESIDE = """rows 20 x 4, Cosine; our kernels: avx2
hnswlib's kernels: avx512
inserted               ours     30000 slots/s   hnswlib     15000 slots/s    2.00 x
ef  10   ours 0.9123   20000/s   hnswlib 0.9000   10000/s
ef 100   ours 1.0000    3000/s   hnswlib 0.9990    2000/s
at recall@10 of 0.95   ours     12000 queries/s   hnswlib      6000 queries/s    2.00 x
"""


def test_what_the_benchmark_of_the_graph_says_is_read():
    called = graph.read(ALONE)
    assert called.inserts == {graph.FROM_C: 30000}
    assert called.curves == {graph.FROM_C: [Spot(10, 0.9123, 20000, 20000), Spot(100, 1, 3000, 3000)]}
    assert "without hnswlib" in called.says
    called = graph.read(BESIDE)
    assert called.inserts == {graph.FROM_C: 30000, graph.PEER: 15000}
    assert called.curves[graph.PEER] == [Spot(10, 0.9, 10000, 10000), Spot(100, 0.999, 2000, 2000)]
    assert "its kernels: avx512; ours: avx2" in called.says
    with pytest.raises(Wrong):
        graph.read("no figures at all")
