"""pgvector behind a pooler that gives each transaction another connection (PgBouncer, which is real): the same answers,
with names of statements that are lost or without, while it pauses, and after it has gone and come back."""
import concurrent.futures
import contextlib

import pytest

import neighbour
from api import Api, Collection
from bench import Metrics, until
from gateway import Gateway
from pgbouncer import PgBouncer
from postgres import Postgres

POINTS, HANDS = 120, 6


@pytest.fixture(scope="module")
def server():
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def pooler(server):
    with PgBouncer(server.url()) as pooler:
        yield pooler


@pytest.fixture(scope="module", params=["auto", "never"])
def gateway(request, server, pooler, tmp_path_factory):
    env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": pooler.url(), "VECGATE_VECTOR_PGVECTOR_DIRECT_URL": server.url(),
           "VECGATE_VECTOR_PGVECTOR_PREPARED": request.param} | neighbour.ENV
    with Gateway(tmp_path_factory.mktemp("pooled"), env) as gate:
        yield gate


@pytest.fixture
def name(gateway, fresh_name):
    """A collection of points n at [n, 1]; by dot product with [1, 0] the last is the nearest."""
    with contextlib.closing(Api(gateway)) as api:
        collection = Collection(api, fresh_name).make(vectors={"size": 2, "distance": "Dot"})
        collection.put(*({"id": n, "vector": [n, 1], "payload": {"even": n % 2 == 0, "n": n}} for n in range(POINTS)))
        collection.index("n", "integer")
        yield fresh_name
        api.call("DELETE", collection.path)


def look(api, name, n):
    """One of several kinds of reads, and one that writes."""
    points = f"/collections/{name}/points"
    even = {"must": [{"key": "even", "match": {"value": True}}]}
    if n % 4 == 0:
        found = api.good("POST", points + "/search", {"vector": [1, 0], "limit": 3, "filter": even})
        assert [hit["id"] for hit in found] == [POINTS - 2, POINTS - 4, POINTS - 6]
    elif n % 4 == 1:
        page = api.good("POST", points + "/scroll", {"limit": 5, "filter": even, "with_payload": True})
        assert [(point["id"], point["payload"]["n"]) for point in page["points"]] == [(i, i) for i in range(0, 10, 2)]
    elif n % 4 == 2:
        assert api.good("POST", points + "/count", {"exact": True, "filter": even})["count"] == POINTS // 2
    else:
        point = {"id": n % POINTS, "vector": [n % POINTS, 1], "payload": {"even": n % 2 == 0, "n": n % POINTS}}
        api.good("PUT", points + "?wait=true", {"points": [point]})


def work(gateway, name, hand, rounds=24):
    with contextlib.closing(Api(gateway)) as api:
        for n in range(rounds):
            look(api, name, hand + n)


def side_by_side(gateway, name):
    with concurrent.futures.ThreadPoolExecutor(HANDS) as hands:
        return [hands.submit(work, gateway, name, hand) for hand in range(HANDS)]


def is_closed(gateway):
    return Metrics(gateway, neighbour.TESTED).is_closed


def test_it_is_as_without(gateway, pooler, name):
    for hand in side_by_side(gateway, name):
        hand.result()


def test_one_that_pauses_is_waited_for(gateway, pooler, name):
    with concurrent.futures.ThreadPoolExecutor(HANDS) as hands:
        pooler.pause()
        waiting = [hands.submit(work, gateway, name, hand, 1) for hand in range(HANDS)]
        pooler.resume()
        for hand in waiting:
            hand.result()


def test_one_that_goes_comes_back(gateway, pooler, name):
    with contextlib.closing(Api(gateway)) as api:
        count = f"/collections/{name}/points/count"
        for end in (pooler.stop, pooler.kill):
            look(api, name, 0)
            end()
            answer = api.call("POST", count, {"exact": True})
            assert answer.status == 503, answer
            pooler.start()
            # One goes at a time until the breaker is closed, and that may be a check of the gateway's own
            until("all may go", lambda: api.call("POST", count, {"exact": True}).status == 200 and is_closed(gateway))
            for n in range(8):
                look(api, name, n)
