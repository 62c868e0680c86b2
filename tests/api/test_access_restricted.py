"""What tokens and keys that are restricted see of a collection and do to it, on every backend; the official client too."""
import json
import subprocess

import pytest

from access import GHOST, KEYS, MINE, SECONDS, TEXTS, Client, environment, expect_denied, expect_stranger, token
from gateway import ROOT, Gateway
from postgres import Postgres


# ---- what is seen of a collection, on every backend ----


@pytest.fixture(scope="module")
def keyed_embedded(guarded):
    return guarded


@pytest.fixture(scope="module")
def keyed_before_vecgate(tmp_path_factory, embedded):
    more = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    with Gateway(tmp_path_factory.mktemp("keyed-before-vecgate"), environment(**more)) as gate:
        yield gate


@pytest.fixture(scope="module")
def keyed_before_pgvector(tmp_path_factory):
    with Postgres() as server:
        more = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url()}
        with Gateway(tmp_path_factory.mktemp("keyed-before-pgvector"), environment(**more)) as gate:
            yield gate


@pytest.fixture(params=["keyed_embedded", "keyed_before_vecgate", "keyed_before_pgvector"])
def keyed(request):
    return request.getfixturevalue(request.param)


IDS = range(1, 9)
ALICES = [1, 3, 5, 7]


@pytest.fixture
def shelf(keyed, fresh_name):
    """Points 1 to 8, odd ones alice's, others bob's; rank is the id."""
    full = Client.keyed(keyed, KEYS["full"])
    full.good("PUT", f"/collections/{fresh_name}", {"vectors": {"size": 2, "distance": "Dot"}})
    for field, kind in (("owner", "keyword"), ("rank", "integer"), ("genre", "keyword")):
        full.good("PUT", f"/collections/{fresh_name}/index?wait=true", {"field_name": field, "field_schema": kind})
    points = [{"id": n, "vector": [n, 1], "payload": {"owner": "alice" if n % 2 else "bob", "rank": n, "genre": "ab"[n // 5]}} for n in IDS]
    full.good("PUT", f"/collections/{fresh_name}/points?wait=true", {"points": points})
    yield fresh_name
    full.good("DELETE", f"/collections/{fresh_name}")


def restricted(gate, name, access="rw", **more):
    return Client.keyed(gate, token(access=[{"collection": name, "access": access} | MINE, *more.pop("beside", [])], **more))


def ids(points):
    return sorted(point["id"] for point in points)


NEAREST = {"query": [1, 0], "limit": 20}
FUSED = {"prefetch": [{"query": [1, 0], "limit": 20}, {"query": [0, 1], "limit": 20, "filter": {"must": [{"key": "rank", "range": {"lt": 5}}]}}], "limit": 20}
READS = {
    "query": ("/points/query", NEAREST),
    "filtered": ("/points/query", NEAREST | {"filter": {"should": [{"key": "owner", "match": {"value": "bob"}}, {"key": "rank", "range": {"gte": 0}}]}}),
    "all of them": ("/points/query", {"limit": 20}),
    "in an order": ("/points/query", {"query": {"order_by": "rank"}, "limit": 20}),
    "random": ("/points/query", {"query": {"sample": "random"}, "limit": 20}),
    "rrf": ("/points/query", FUSED | {"query": {"fusion": "rrf"}}),
    "dbsf": ("/points/query", FUSED | {"query": {"fusion": "dbsf"}}),
    "rescored": ("/points/query", FUSED | {"query": [0, 1]}),
    "discovered": ("/points/query", {"query": {"discover": {"target": [1, 0], "context": [{"positive": [1, 1], "negative": [0, 1]}]}}, "limit": 20}),
    "recommended": ("/points/query", {"query": {"recommend": {"positive": [[1, 0]], "strategy": "best_score"}}, "limit": 20}),
    "older search": ("/points/search", {"vector": [1, 0], "limit": 20}),
    "older recommend": ("/points/recommend", {"positive": [[1, 0]], "limit": 20}),
    "scroll": ("/points/scroll", {"limit": 20}),
    "scroll in an order": ("/points/scroll", {"limit": 20, "order_by": "rank"}),
}


@pytest.mark.parametrize("read", READS)
def test_a_restricted_token_finds_its_own(keyed, shelf, read):
    path, body = READS[read]
    for access in ("r", "rw", "prw"):
        result = restricted(keyed, shelf, access).good("POST", f"/collections/{shelf}{path}", body)
        assert ids(result["points"] if isinstance(result, dict) else result) == ALICES


def test_a_restricted_token_counts_its_own(keyed, shelf):
    alice = restricted(keyed, shelf)
    place = f"/collections/{shelf}"
    bobs = {"must": [{"key": "owner", "match": {"value": "bob"}}]}
    assert alice.good("POST", f"{place}/points/count", {"exact": True})["count"] == 4
    assert alice.good("POST", f"{place}/points/count", {"exact": True, "filter": bobs})["count"] == 0
    assert alice.good("POST", f"/v1{place}/points/count", {"filter": bobs})["count"] == 0
    assert [hit["value"] for hit in alice.good("POST", f"{place}/facet", {"key": "owner"})["hits"]] == ["alice"]
    batch = alice.good("POST", f"{place}/points/query/batch", {"searches": [NEAREST, NEAREST | {"filter": bobs}]})
    assert [ids(part["points"]) for part in batch] == [ALICES, []]
    groups = alice.good("POST", f"{place}/points/query/groups", NEAREST | {"group_by": "owner", "group_size": 9})["groups"]
    assert [(group["id"], ids(group["hits"])) for group in groups] == [("alice", ALICES)]
    pairs = alice.good("POST", f"{place}/points/search/matrix/pairs", {"sample": 20, "limit": 20})["pairs"]
    assert {pair[side] for pair in pairs for side in "ab"} == set(ALICES)
    assert alice.good("GET", f"{place}/exists") == {"exists": True}


BY_ID = {
    "query": ("/points/query", {"query": 2}),
    "its own": ("/points/query", {"query": 1}),
    "prefetch": ("/points/query", {"prefetch": {"query": 2}, "query": {"fusion": "rrf"}}),
    "batch": ("/points/query/batch", {"searches": [{"query": [1, 0]}, {"query": 2}]}),
    "groups": ("/points/query/groups", {"query": 2, "group_by": "owner"}),
    "recommend": ("/points/recommend", {"positive": [2], "limit": 3}),
    "unlike": ("/points/recommend", {"positive": [[1, 0]], "negative": [2], "limit": 3}),
    "discover": ("/points/discover", {"target": 2, "limit": 3}),
    "context": ("/points/discover", {"context": [{"positive": 2, "negative": [1, 0]}], "limit": 3}),
    "point": ("/points", {"ids": [1]}),
    "upsert in a batch": ("/points/batch", {"operations": [{"delete": {"points": [1]}}, {"upsert": {"points": [{"id": 1, "vector": [1, 1]}]}}]}),
    "payload in a batch": ("/points/batch", {"operations": [{"set_payload": {"payload": {"a": 1}, "points": [1]}}]}),
}


@pytest.mark.parametrize("read", BY_ID)
def test_a_restricted_token_names_no_points(keyed, shelf, read):
    path, body = BY_ID[read]
    answer = restricted(keyed, shelf).call("POST", f"/collections/{shelf}{path}", body)
    expect_denied(answer, "/collections", TEXTS["R"].replace(GHOST, shelf))
    assert Client.keyed(keyed, KEYS["full"]).good("POST", f"/collections/{shelf}/points/count", {"exact": True})["count"] == 8


def left(keyed, shelf):
    return ids(Client.keyed(keyed, KEYS["full"]).good("POST", f"/collections/{shelf}/points/scroll", {"limit": 20})["points"])


def test_a_restricted_token_deletes_its_own(keyed, shelf):
    alice = restricted(keyed, shelf)
    place = f"/collections/{shelf}/points"
    alice.good("POST", f"{place}/delete?wait=true", {"points": [1, 2, 99]})
    assert left(keyed, shelf) == [2, 3, 4, 5, 6, 7, 8]
    alice.good("POST", f"{place}/delete?wait=true", {"filter": {"must": [{"key": "rank", "range": {"lte": 4}}]}})
    assert left(keyed, shelf) == [2, 4, 5, 6, 7, 8]
    alice.good("POST", f"{place}/batch?wait=true", {"operations": [{"delete": {"points": [4, 5]}}, {"delete": {"filter": {"must": [{"has_id": [6, 7]}]}}}]})
    assert left(keyed, shelf) == [2, 4, 6, 8]
    alice.good("POST", f"{place}/delete?wait=true", {"filter": {}})
    assert left(keyed, shelf) == [2, 4, 6, 8]
    answer = restricted(keyed, shelf, "r").call("POST", f"{place}/delete", {"points": [1]})
    expect_denied(answer, "/collections", TEXTS["W"].replace(GHOST, shelf))


def test_what_is_looked_up_elsewhere_is_judged_there(keyed, shelf, fresh_name):
    full = Client.keyed(keyed, KEYS["full"])
    other = f"{fresh_name}-other"
    full.good("PUT", f"/collections/{other}", {"vectors": {"size": 2, "distance": "Dot"}})
    full.good("PUT", f"/collections/{other}/points?wait=true", {"points": [{"id": 2, "vector": [1, 0]}]})
    place, body = f"/collections/{shelf}/points/query", {"query": 2, "lookup_from": {"collection": other}, "limit": 20}
    beside = {"collection": other, "access": "r"}
    assert ids(restricted(keyed, shelf, beside=[beside]).good("POST", place, body)["points"]) == ALICES
    expect_denied(restricted(keyed, shelf).call("POST", place, body), place, TEXTS["A"].replace(GHOST, other))
    expect_denied(restricted(keyed, shelf, beside=[beside | MINE]).call("POST", place, body), place, TEXTS["R"].replace(GHOST, other))
    deep = {"prefetch": {"prefetch": [], **body}, "query": {"fusion": "rrf"}}
    expect_denied(restricted(keyed, shelf).call("POST", place, deep), place, TEXTS["A"].replace(GHOST, other))
    groups = NEAREST | {"group_by": "rank", "with_lookup": other}
    expect_denied(restricted(keyed, shelf).call("POST", f"{place}/groups", groups), place, TEXTS["A"].replace(GHOST, other))
    found = restricted(keyed, shelf, beside=[beside]).good("POST", f"{place}/groups", groups)["groups"]
    assert {group["id"] for group in found} == set(ALICES)
    full.good("DELETE", f"/collections/{other}")


def test_lists_show_what_may_be_seen(keyed, shelf):
    full = Client.keyed(keyed, KEYS["full"])
    actions = [{"create_alias": {"collection_name": shelf, "alias_name": f"{shelf}-alias"}}]
    full.good("POST", "/collections/aliases", {"actions": actions})
    alice, nobody = restricted(keyed, shelf, "r"), Client.keyed(keyed, token(access=[]))
    for client, names in ((alice, [shelf]), (nobody, [])):
        assert [row["name"] for row in client.good("GET", "/collections")["collections"]] == names
        assert [row["collection_name"] for row in client.good("GET", "/aliases")["aliases"]] == names
        assert json.dumps(client.good("GET", "/v1/collections")).count(shelf) == len(names)
        assert (shelf in json.dumps(client.good("GET", "/v1/aliases"))) == bool(names)
    assert shelf in [row["name"] for row in Client.keyed(keyed, KEYS["read"]).good("GET", "/collections")["collections"]]
    # An alias is a name of its own: what is listed is not reached by another name of it.
    answer = alice.call("POST", f"/collections/{shelf}-alias/points/count", {})
    expect_denied(answer, "/collections", f"Access to collection {shelf}-alias is required")
    by_alias = restricted(keyed, f"{shelf}-alias", "r")
    assert by_alias.good("POST", f"/collections/{shelf}-alias/points/count", {"exact": True})["count"] == 4
    assert by_alias.good("GET", f"/collections/{shelf}-alias/aliases") == {"aliases": []}


def exists(name, **matches):
    return {"collection": name, "matches": [{"key": key, "value": value} for key, value in matches.items()]}


def test_a_token_may_hang_on_a_point(keyed, shelf):
    def client(claim):
        return Client.keyed(keyed, token(access="m", value_exists=claim))

    asks = [("GET", "/collections", None), ("GET", "/v1/health", None), ("GET", "/v1/capabilities", None), ("GET", "/openapi.yaml", None),
            ("GET", f"/collections/{shelf}", None), ("POST", f"/collections/{shelf}/points/query", NEAREST), ("GET", "/metrics", None)]
    for method, path, body in asks:
        assert client(exists(shelf, owner="alice", rank=3)).call(method, path, body).status == 200
        expect_stranger(client(exists(shelf, owner="alice", rank=4)).call(method, path, body), path, "Invalid API key or JWT")
        answer = client(exists("nowhere", owner="alice")).call(method, path, body)
        assert answer.status == 403 and "nowhere" in answer.body.decode(), answer
    put = f"/collections/{shelf}/points?wait=true"
    assert client(exists(shelf, owner="carol")).call("PUT", put, {"points": [{"id": 9, "vector": [1, 1]}]}).status == 401
    assert left(keyed, shelf) == list(IDS)
    assert Client.keyed(keyed, token(value_exists=exists(shelf, owner="carol"))).call("GET", "/healthz").status == 200


# ---- the official client ----


PROGRAM = """
import sys
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse
url, name, full, read, restricted, expired = sys.argv[1:]
def client(key): return QdrantClient(url=url, api_key=key, timeout=60)
def denied(status, text, call):
    try: call()
    except UnexpectedResponse as e: assert e.status_code == status and text in e.content.decode(), (e.status_code, e.content)
    else: raise AssertionError(text)
rw, ro, own = client(full), client(read), client(restricted)
points = [models.PointStruct(id=n, vector=[n, 1], payload={"owner": "alice" if n % 2 else "bob"}) for n in range(1, 9)]
rw.create_collection(name, vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT))
rw.create_payload_index(name, "owner", field_schema="keyword", wait=True)
rw.upsert(name, points, wait=True)
assert name in [c.name for c in ro.get_collections().collections]
assert len(ro.query_points(name, query=[1, 0], limit=20).points) == 8
denied(403, "Global manage access is required", lambda: ro.upsert(name, points))
denied(403, "Global manage access is required", lambda: ro.delete_collection(name))
assert [c.name for c in own.get_collections().collections] == [name]
assert own.count(name, exact=True).count == 4
assert {p.id for p in own.query_points(name, query=[1, 0], limit=20).points} == {1, 3, 5, 7}
denied(403, "restriction is present", lambda: own.retrieve(name, [1]))
denied(403, "restriction is present", lambda: own.upsert(name, points))
denied(403, "Access to collection other is required", lambda: own.count("other"))
own.delete(name, points_selector=models.PointIdsList(points=[1, 2]), wait=True)
assert rw.count(name, exact=True).count == 7
denied(401, "Must provide an API key", lambda: QdrantClient(url=url, timeout=60).get_collections())
denied(401, "Invalid API key or JWT", lambda: client("wrong").get_collections())
denied(403, "ExpiredSignature", lambda: client(expired).get_collections())
assert rw.delete_collection(name)
"""


@pytest.mark.parametrize("client", ["oldest", "newest"])
def test_the_official_client_is_let_in_and_kept_out(keyed, fresh_name, client):
    own = token(sub="alice", access=[{"collection": fresh_name, "access": "rw"} | MINE])
    python = ROOT / "build/test-env" / client / "bin/python"
    arguments = [keyed.url, fresh_name, KEYS["full"], KEYS["read"], own, token(exp=1)]
    done = subprocess.run([python, "-B", "-W", "ignore", "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=SECONDS * 5, check=False)
    assert done.returncode == 0, done.stderr
