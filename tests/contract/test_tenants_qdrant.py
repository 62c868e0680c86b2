"""Two tenants of one gateway before Qdrant: the same names and ids, and nothing of each other. What is in Qdrant is
looked at by its own API."""
import contextlib
import json

import pytest
from api import Api, Collection, ids, in_order
from gateway import Gateway
from patience import eventually

ONE, TWO = "first-tenants-key-0123456789", "second-tenants-key-0123456789"
KEYS = [{"name": n, "key": key, "rights": "manage", "tenant": tenant} for n, key, tenant in (("one", ONE, "acme"), ("two", TWO, "Acme"))]
UUID = "550e8400-e29b-41d4-a716-446655440000"
GREEN = {"must": [{"key": "color", "match": {"value": "green"}}]}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("upstream")) as gate:
        yield gate


@pytest.fixture(scope="module", params=["filter", "collection"])
def gate(request, upstream, tmp_path_factory):
    env = {
        "VECTOR_BACKEND": "qdrant",
        "QDRANT_URL": upstream.url,
        "VECGATE_VECTOR_QDRANT_ISOLATION": request.param,
        "VECGATE_CREDENTIALS_KEYS": json.dumps(KEYS),
    }
    gate = Gateway(tmp_path_factory.mktemp(request.param), env, ready="/livez")
    with gate:
        yield gate


@pytest.fixture
def there(upstream):
    """What is in Qdrant itself."""
    with contextlib.closing(Api(upstream)) as api:
        yield api


@pytest.fixture
def pair(gate, fresh_name):
    """A collection of each, of one name, with points of the same ids; they are gone when the test is."""
    with contextlib.closing(Api(gate, ONE)) as one, contextlib.closing(Api(gate, TWO)) as two:
        made = [Collection(api, fresh_name).make(vectors={"size": 2, "distance": "Dot"}) for api in (one, two)]
        for color, c in zip(("green", "red"), made):
            c.put({"id": 1, "vector": [1, 0], "payload": {"color": color, "n": 1}}, {"id": UUID, "vector": [0, 1], "payload": {"color": color, "n": 2}})
        yield made
        for c in made:
            c.api.call("DELETE", c.path)


def colors(points):
    return {p["payload"]["color"] for p in points}


def info(c):
    return c.api.good("GET", c.path)


# --- reading ----------------------------------------------------------------------------------------


def test_each_sees_its_own_points(pair):
    for color, c in zip(("green", "red"), pair):
        assert c.count() == 2 and info(c)["points_count"] == 2
        assert colors(c.get(1, UUID, with_payload=True)) == {color}
        assert colors(c.post("/scroll")["points"]) == {color}
        assert colors(c.query([1, 1], with_payload=True)) == {color}
        assert colors(c.query(1, with_payload=True)) == {color}
        assert colors(c.query({"sample": "random"}, with_payload=True)) == {color}
        assert c.count(filter=GREEN) == (2 if color == "green" else 0)
        assert c.count(filter={"must_not": [GREEN]}) == (0 if color == "green" else 2)
        assert c.count(filter={"should": [GREEN, {"must_not": [GREEN]}]}) == 2
        assert c.count(filter={"must": [{"has_id": [1]}]}) == 1
        groups = c.post("/query/groups", query=[1, 1], group_by="color")["groups"]
        assert [g["id"] for g in groups] == [color]
        assert c.post("/search/matrix/offsets", sample=10)["ids"] == [1, UUID]


def test_lists_have_ones_own_collections(pair, gate):
    one, two = pair
    two.api.good("DELETE", two.path)
    assert one.name in [c["name"] for c in one.api.good("GET", "/collections")["collections"]]
    assert two.name not in [c["name"] for c in two.api.good("GET", "/collections")["collections"]]
    two.api.wrong("GET", two.path, None, 404, f"Not found: Collection `{two.name}` doesn't exist!")
    assert one.count() == 2


@pytest.mark.parametrize("name", ["vg-p-", "vg-collection", "vg-id", "vg-tenant"])
def test_what_the_gateway_keeps_beside_is_no_field_of_anybody(pair, name):
    for c in pair:
        for condition in ({"is_empty": {"key": name}}, {"must_not": [{"key": name, "values_count": {"gte": 0}}]}):
            assert c.count(filter={"must": [condition]}) == 2


def test_a_payload_may_have_the_same_keys(pair):
    for c in pair:
        payload = {"vg-collection": "x", "vg-id": 9, "vg-tenant": None, "vg-p-": {"a": 1}, "": 1, "a.b": 2}
        c.put({"id": 5, "vector": [1, 1], "payload": payload})
        assert c.payload(5) == payload
        assert c.count(filter={"must": [{"key": '"a.b"', "match": {"value": 2}}]}) == 1
        assert c.get(5, with_payload=["vg-id"])[0]["payload"] == {"vg-id": 9}
        assert c.get(5, with_payload={"exclude": ["vg-collection", "vg-p-", "vg-tenant"]})[0]["payload"] == {"vg-id": 9, "": 1, "a.b": 2}
        c.write("POST", "/payload/delete", {"keys": ["vg-id", '"a.b"'], "points": [5]})
        assert c.payload(5) == {"vg-collection": "x", "vg-tenant": None, "vg-p-": {"a": 1}, "": 1}
        assert c.get(5) == [{"id": 5}], "nothing that was not asked for"


# --- changing ---------------------------------------------------------------------------------------


def test_changes_do_not_reach_the_other(pair):
    one, two = pair
    before = two.get(1, UUID, with_payload=True, with_vector=True)
    one.write("POST", "/payload", {"payload": {"color": "blue"}, "filter": {}})
    one.write("PUT", "/payload", {"payload": {"x": 1}, "points": [1]})
    one.write("POST", "/payload/clear", {"filter": {"must": [{"has_id": [UUID]}]}})
    one.write("PUT", "/vectors", {"points": [{"id": 1, "vector": [5, 5]}]})
    one.write("POST", "/vectors/delete", {"vector": [""], "filter": {}})
    assert [one.payload(i) for i in (1, UUID)] == [{"x": 1}, {}]
    one.write("POST", "/delete", {"filter": {}})
    assert one.count() == 0
    assert two.get(1, UUID, with_payload=True, with_vector=True) == before


def test_fields_are_ones_own(pair):
    one, two = pair
    one.index("n", "integer")
    two.index("n", "keyword")
    two.index("color", {"type": "keyword", "is_tenant": True})
    assert {k: v["data_type"] for k, v in info(one)["payload_schema"].items()} == {"n": "integer"}
    assert {k: v["data_type"] for k, v in info(two)["payload_schema"].items()} == {"n": "keyword", "color": "keyword"}
    assert info(two)["payload_schema"]["color"]["points"] == 2
    assert two.api.good("POST", f"{two.path}/facet", {"key": "color"})["hits"] == [{"value": "red", "count": 2}]
    answer = one.api.call("POST", f"{one.path}/facet", {"key": "color"})
    assert answer.status == 400 and "`color`" in answer.said and "vg" not in answer.said, answer
    assert ids(one.post("/scroll", order_by={"key": "n", "direction": "desc"})["points"]) == [UUID, 1]
    one.api.good("DELETE", f"{one.path}/index/n?wait=true")
    assert info(one)["payload_schema"] == {} and "n" in info(two)["payload_schema"]


def test_dropping_leaves_the_other(pair):
    one, two = pair
    one.index("n", "integer")
    two.index("n", "integer")
    assert one.api.good("DELETE", one.path) is True
    assert two.count() == 2 and "n" in info(two)["payload_schema"]
    one.make(vectors={"size": 2, "distance": "Dot"})
    assert one.count() == 0 and info(one)["payload_schema"] == {}, "made again it is empty"


# --- what is told -----------------------------------------------------------------------------------


def test_who_is_missing_is_named_as_he_was_called(pair):
    for c in pair:
        c.api.wrong("POST", f"{c.points}/query", {"query": 77}, 404, "Not found: No point with id 77 found")
        c.api.wrong("GET", f"{c.points}/77", None, 404, "Not found: Point with id 77 does not exists!")
        c.api.wrong("POST", f"{c.points}/payload?wait=true", {"payload": {"a": 1}, "points": [77]}, 404, "Not found: No point with id 77 found")


# --- what is in Qdrant ------------------------------------------------------------------------------


def test_what_is_alike_is_shared_by_filter_alone(pair, gate, there):
    names = [c["name"] for c in there.good("GET", "/collections")["collections"]]
    by_filter = gate.env["VECGATE_VECTOR_QDRANT_ISOLATION"] == "filter"
    own = [name for name in names if name.startswith("vg~own.") and pair[0].name in name]
    assert own == ([] if by_filter else sorted([f"vg~own.acme.{pair[0].name}", f"vg~own.~41cme.{pair[0].name}"], key=names.index))
    assert any(name.startswith("vg~shared.") for name in names) or not by_filter
    for name in own:
        assert in_order(Collection(there, name).ids()) == [1, UUID], "ids of a collection of one's own are raw"


def test_pages_are_whole_while_the_other_writes(pair):
    one, two = pair
    for n in range(20):
        one.put({"id": 100 + n, "vector": [1, 1]})
        two.put({"id": 100 + n, "vector": [1, 1]})
    found, page = [], one.post("/scroll", limit=3)
    while True:
        found += ids(page["points"])
        if page["next_page_offset"] is None:
            break
        two.write("POST", "/delete", {"points": [page["next_page_offset"]]})
        page = one.post("/scroll", limit=3, offset=page["next_page_offset"])
    assert in_order(found) == [1, *range(100, 120), UUID]


def test_a_tenant_is_erased_with_what_a_late_write_left(pair, gate, there):
    one, two = pair
    shared = [c["name"] for c in there.good("GET", "/collections")["collections"] if c["name"].startswith("vg~shared.")]
    mine = [p for name in shared for p in Collection(there, name).post("/scroll", limit=100, with_payload=True, with_vector=True)["points"] if colors_of(p) == "green"]
    assert len(mine) == (2 if gate.env["VECGATE_VECTOR_QDRANT_ISOLATION"] == "filter" else 0)
    assert one.api.good("DELETE", one.path) is True
    late = [p | {"id": p["id"][:-4] + "beef"} for p in mine]
    for name in shared if late else []:
        if Collection(there, name).count(filter={"must": [{"key": "vg-tenant", "match": {"value": late[0]["payload"]["vg-tenant"]}}]}) == 0:
            Collection(there, name).put(*late)
    job = one.api.good("DELETE", "/v1/tenants/acme", status=202)["id"]
    eventually(lambda: one.api.good("GET", f"/v1/jobs/{job}")["state"] == "done", "the job is done")
    for name in shared:
        assert not [p for p in Collection(there, name).post("/scroll", limit=100)["points"] if colors_of(p) == "green"]
    assert two.count() == 2


def colors_of(point):
    """The color in the stored form of a point."""
    return next((v.get("color") for k, v in point["payload"].items() if k.startswith("vg-p-")), None)
