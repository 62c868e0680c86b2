"""Random queries of every kind over random collections: vecgate over REST and Qdrant's Python client in its
in-process mode (1.14.3) agree, both asked by the same client. Known differences are in query_differences.py.

VG_CASES=n makes a run longer or shorter. A failing case is made smaller and printed as a program."""
import os
import pathlib
import sys

import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from query_calls import ask, make
from query_differences import DIFFERENCES
from query_oracle import rows
from query_run import QUERIES, Fault, Run

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from gateway import Gateway  # noqa: E402

SEED = int(os.environ.get("VG_SEED", 0))
CASES = int(os.environ.get("VG_CASES", 3000 if os.environ.get("CI") == "true" else 600))
CHUNKS = 10
PROGRAMS = max(1, CASES // CHUNKS // QUERIES)  # of a chunk
FAR = (4, 9)  # chunks that ask through a second vecgate
COMPARED = 0.5  # of a chunk's cases, at least; of all it is more than nine tenths
UNDECIDED = 0.15  # close calls, at most: more would hide something


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


def check_counts(counts):
    print(counts)
    assert counts["compared"] > COMPARED * counts["cases"]
    assert counts.get("close", 0) < UNDECIDED * counts["cases"]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_queries_are_answered_as_the_client_does(chunk, request):
    run = Run(request.getfixturevalue("far_url" if chunk in FAR else "url"))
    try:
        run.programs(SEED + chunk, PROGRAMS)
    except Fault as fault:
        pytest.fail(f"VG_SEED={SEED}: {fault}", pytrace=False)
    check_counts(run.counts)


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
