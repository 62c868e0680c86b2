"""Random queries of every kind over random collections: vecgate over REST and Qdrant's Python client in its
in-process mode agree, both asked by the same client. Known differences are in query_differences.py.

VG_CASES=n makes a run longer or shorter. A failing case is made smaller and printed as a program."""
import collections
import os
import pathlib
import random
import sys

import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from query_calls import BATCHES, ask, ask_all, make
from query_differences import DIFFERENCES, difference
from query_oracle import rows
from query_pair import CLOSE, Pair, say
from random_queries import Maker

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gateway import Gateway  # noqa: E402

SEED = int(os.environ.get("VG_SEED", 0))
CASES = int(os.environ.get("VG_CASES", 3000 if os.environ.get("CI") == "true" else 600))
CHUNKS = 10
FAR = (4, 9)  # chunks that ask through a second vecgate
QUERIES = 30  # of a collection
COMPARED = 0.9  # of the cases, at least
UNDECIDED = 0.1  # close calls, at most: more would hide something


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    """A vecgate on its embedded store."""
    with Gateway(tmp_path_factory.mktemp("queries")) as gate:
        yield gate.url


@pytest.fixture(scope="session")
def far_url(tmp_path_factory, url):
    """A vecgate whose backend is another one, by Qdrant's API."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": url}
    with Gateway(tmp_path_factory.mktemp("far"), env) as gate:
        yield gate.url


class Run:
    """The queries of one chunk, and what became of them."""

    def __init__(self, url):
        self.url = url
        self.counts = collections.Counter()

    def check(self, pair, made, call, body, answer=None):
        self.counts["cases"] += 1
        known = difference(made, call, body)
        if known:
            self.counts[known] += 1
            return
        fault = pair.fault(call, body, answer)
        if fault and fault != CLOSE:
            pytest.fail(f"VG_SEED={SEED}: " + say(self.url, fault, pair, call, body), pytrace=False)
        self.counts["close" if fault else "compared"] += 1
        self.counts[call] += 1

    def check_batches(self, pair, made, queries):
        """The same questions once more, many in one request."""
        for kind in BATCHES:
            bodies = [{"with_payload": False} | body for call, body in queries if call == kind and not difference(made, call, body)]
            for body, answer in zip(bodies, ask_all(pair.remote, "main", kind, bodies) if bodies else []):
                self.check(pair, made, kind, body, answer)

    def program(self, chance):
        make = Maker(chance)
        main, away = make.program()
        queries = [make.query() for _ in range(QUERIES)]
        with Pair(self.url, main.values(), away.values()) as pair:
            for call, body in queries:
                self.check(pair, main, call, body)
            self.check_batches(pair, main, queries[:QUERIES // 3])


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_queries_are_answered_as_the_client_does(chunk, request):
    where = "far_url" if chunk in FAR else "url"
    run, chance = Run(request.getfixturevalue(where)), random.Random(SEED + chunk)
    for _ in range(max(1, CASES // CHUNKS // QUERIES)):
        run.program(chance)
    print(dict(run.counts))
    assert run.counts["compared"] > COMPARED * run.counts["cases"]
    assert run.counts["close"] < UNDECIDED * run.counts["cases"]


# ---- the known differences ----

def hits(points):
    return [[hit.id, round(hit.score, 4)] for hit in points]


def summary(call, answer):
    if call.endswith("groups"):
        return [[group.id, [hit.id for hit in group.hits], group.lookup and group.lookup.payload] for group in answer.groups]
    if call in ("pairs", "offsets"):
        return {id: [list(pair) for pair in row] for id, row in rows(call, answer).items()}
    return hits(answer)


def answer_of(client, known):
    """What a client answers to a difference's query; a text: its error."""
    for name, values in (("main", known.collection), ("away", known.away)):
        if values:
            make(client, name, values)
    try:
        return summary(known.query[0], ask(client, "main", *known.query))
    except UnexpectedResponse as error:
        return f"{error.status_code} {error.structured()['status']['error']}"
    except Exception as error:  # the in-process mode's own
        return repr(error)


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.name.replace(" ", "_"))
def test_a_known_difference_of_queries_is_one(known, url):
    assert answer_of(QdrantClient(":memory:"), known) != known.answer
    remote = QdrantClient(url=url, check_compatibility=False)
    for name in ("main", "away"):
        remote.delete_collection(name)
    assert answer_of(remote, known) == known.answer, f"FACTS {known.facts}"
