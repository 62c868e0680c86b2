"""The native API's data side on each backend: filters, changes of points, named vectors, declared
fields, facets, order, aliases."""
import pytest

from native import segment
from test_native import U64, UUID, ids, qdrant

PLACES = [
    {"id": 1, "vector": [1, 0, 0, 0], "payload": {"city": "Rome", "n": 1, "tags": ["old", "warm"], "at": "2024-01-01T00:00:00Z"}},
    {"id": 2, "vector": [0, 1, 0, 0], "payload": {"city": "Oslo", "n": 7, "tags": ["cold"], "at": "2024-03-01T12:00:00Z"}},
    {"id": 3, "vector": [0, 0, 1, 0], "payload": {"city": "Rome", "n": 3, "tags": [], "deep": {"a": [{"b": 1}, {"b": 2}]}}},
    {"id": UUID, "vector": [0, 0, 0, 1], "payload": {"city": None}},
]
FIELDS = [
    {"key": "city", "type": "keyword"},
    {"key": "n", "type": "integer"},
    {"key": "at", "type": "datetime"},
    {"key": "text", "type": "text", "lowercase": False, "tokenizer": "whitespace"},
]


@pytest.fixture
def places(api, fresh_name):
    """The path of a collection with four points and four declared fields."""
    path = api.create(fresh_name, fields=FIELDS)
    api.good("PUT", f"{path}/points", {"points": PLACES})
    yield path
    api.call("DELETE", path)


def payload(api, path, point):
    return api.good("GET", f"{path}/points/{segment(point)}")["payload"]


def key(name, **test):
    return {"must": [{"key": name} | test]}


# --- filters -------------------------------------------------------------------------------------

FILTERS = [
    ({}, [1, 2, 3, UUID]),
    (key("city", match={"value": "Rome"}), [1, 3]),
    (key("tags", match={"any": ["cold", "warm"]}), [1, 2]),
    (key("city", match={"except": ["Rome"]}), [2]),
    (key("n", range={"gt": 1, "lte": 7}), [2, 3]),
    (key("at", range={"gte": "2024-02-01T00:00:00Z"}), [2]),
    (key("tags", values_count={"lt": 1}), [3]),
    ({"must": [{"is_empty": {"key": "tags"}}]}, [3, UUID]),
    ({"must": {"is_null": {"key": "city"}}}, [UUID]),
    ({"must_not": [{"has_id": [1, UUID]}]}, [2, 3]),
    ({"must": [{"nested": {"key": "deep.a", "filter": key("b", match={"value": 2})}}]}, [3]),
    ({"should": [key("n", match={"value": 1}), key("n", match={"value": 7})]}, [1, 2]),
    ({"min_should": {"conditions": [{"has_id": [1, 2]}, {"key": "n", "range": {"lt": 5}}], "min_count": 2}}, [1]),
    ({"must": [{"has_vector": ""}, {"key": "city", "match": {"text": "om"}}]}, [1, 3]),
]


@pytest.mark.parametrize("filter,expected", FILTERS, ids=lambda v: str(v)[:50])
def test_a_filter_means_the_same_wherever_it_stands(api, places, filter, expected):
    assert ids(api.good("POST", f"{places}/points/scroll", {"filter": filter})) == expected
    assert api.good("POST", f"{places}/points/count", {"filter": filter}) == {"count": len(expected)}
    found = api.good("POST", f"{places}/points/search", {"vector": [1, 2, 3, 4], "filter": filter})
    assert sorted(ids(found), key=str) == sorted(expected, key=str)
    api.good("POST", f"{places}/points/delete", {"filter": filter})
    assert ids(api.good("POST", f"{places}/points/scroll")) == [i for i in [1, 2, 3, UUID] if i not in expected]


@pytest.mark.parametrize(
    "filter,field",
    [
        ({"must": [{"key": "a", "match": {"valeu": 1}}]}, "filter.must[0].match.valeu"),
        ({"must": [{"key": "a b", "match": {"value": 1}}]}, "filter.must[0].key"),
        ({"must": [{"key": "a", "range": {"gt": "soon"}}]}, "filter.must[0].range.gt"),
        ({"should": [{"has_id": [-1, "x"]}]}, "filter.should[0].has_id[0]"),
    ],
)
def test_a_wrong_filter_is_named_by_its_place(api, places, filter, field):
    api.wrong("POST", f"{places}/points/count", {"filter": filter}, field=field)


# --- changes of points ---------------------------------------------------------------------------


def test_payloads_are_merged_replaced_and_emptied(api, places):
    first = api.good("POST", f"{places}/points/payload", {"payload": {"n": 9, "city": None}, "ids": [1, 2]})
    assert payload(api, places, 1) == {"n": 9, "tags": ["old", "warm"], "at": "2024-01-01T00:00:00Z"}
    api.good("POST", f"{places}/points/payload", {"payload": {"c": 1}, "ids": [3], "key": "deep.x"})
    assert payload(api, places, 3)["deep"] == {"a": [{"b": 1}, {"b": 2}], "x": {"c": 1}}
    api.good("PUT", f"{places}/points/payload", {"payload": {"only": 1.0}, "filter": key("city", match={"value": "Rome"})})
    assert payload(api, places, 3) == {"only": 1.0} and payload(api, places, 2)["n"] == 9
    api.good("POST", f"{places}/points/payload/delete", {"keys": ["tags", "n"], "ids": [2]})
    assert payload(api, places, 2) == {"at": "2024-03-01T12:00:00Z"}
    last = api.good("POST", f"{places}/points/payload/clear", {"filter": {}})
    assert [payload(api, places, i) for i in (1, 2, 3, UUID)] == [{}] * 4
    assert first["status"] == last["status"] == "completed" and last["operation_id"] > first["operation_id"]


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("POST", "payload", {"payload": {"seen": 1}}),
        ("PUT", "payload", {"payload": {"seen": 1}}),
        ("POST", "payload/delete", {"keys": ["n"]}),
        ("POST", "payload/clear", {}),
    ],
)
def test_a_point_that_is_not_there_is_told_and_the_others_are_changed(api, places, method, path, body):
    before = payload(api, places, 1)
    problem = api.wrong(method, f"{places}/points/{path}", body | {"ids": [1, 4711]}, 404)
    assert problem["detail"] == "No point with id 4711 found"
    assert payload(api, places, 1) != before
    assert api.good("POST", f"{places}/points/count") == {"count": 4}, "the collection is still known"


def test_a_vector_is_set_and_taken_away_without_the_payload(api, places):
    api.good("PUT", f"{places}/points/vectors", {"points": [{"id": 1, "vector": [0, 0, 0, 9]}]})
    point = api.good("GET", f"{places}/points/1")
    assert (point["vector"], point["payload"]) == ([0.0, 0.0, 0.0, 9.0], PLACES[0]["payload"])
    api.good("POST", f"{places}/points/vectors/delete", {"vectors": [""], "ids": [1, 4711]})
    point = api.good("GET", f"{places}/points/1")
    assert (point["vector"], point["payload"]) == (None, PLACES[0]["payload"])
    assert 1 not in ids(api.good("POST", f"{places}/points/search", {"vector": [1, 1, 1, 1]}))
    api.wrong("PUT", f"{places}/points/vectors", {"points": [{"id": 4711, "vector": [1, 2, 3, 4]}]}, 404)


def test_a_batch_is_done_in_order(api, places):
    done = api.good(
        "POST",
        f"{places}/points/batch",
        {
            "operations": [
                {"upsert": {"points": [{"id": 9, "vector": [9, 9, 9, 9], "payload": {"a": 1}}]}},
                {"set_payload": {"payload": {"b": 2}, "ids": [9]}},
                {"delete_payload": {"keys": ["a"], "ids": [9]}},
                {"update_vectors": {"points": [{"id": 9, "vector": [1, 2, 3, 4]}]}},
                {"delete": {"filter": {"must_not": [{"has_id": [9]}]}}},
            ]
        },
    )["operations"]
    numbers = [one["operation_id"] for one in done]
    assert len(numbers) == 5 and numbers == sorted(numbers) and {one["status"] for one in done} == {"completed"}
    page = api.good("POST", f"{places}/points/scroll", {"with_vector": True})
    assert page["points"] == [{"id": 9, "vector": [1.0, 2.0, 3.0, 4.0], "payload": {"b": 2}}]


def test_a_batch_ends_with_the_first_that_fails(api, places):
    operations = [{"clear_payload": {"ids": [1]}}, {"clear_payload": {"ids": [4711]}}, {"delete": {"ids": [2]}}]
    problem = api.wrong("POST", f"{places}/points/batch", {"operations": operations}, 404)
    assert problem["detail"] == "No point with id 4711 found"
    assert payload(api, places, 1) == {} and payload(api, places, 2) == PLACES[1]["payload"]


# --- named vectors -------------------------------------------------------------------------------


@pytest.fixture
def pictures(api, fresh_name):
    """The path of a collection whose points have two named vectors."""
    path = api.create(fresh_name, vectors={"img": {"dimension": 2, "metric": "dot"}, "txt": {"dimension": 3}})
    points = [
        {"id": 1, "vectors": {"img": [1, 0], "txt": [1, 0, 0]}, "payload": {"n": 1}},
        {"id": 2, "vectors": {"img": [0, 2]}},
        {"id": 3, "vectors": {}, "payload": {"n": 3}},
    ]
    api.good("PUT", f"{path}/points", {"points": points})
    yield path
    api.call("DELETE", path)


def test_named_vectors_from_creation_to_search(api, pictures):
    told = api.good("GET", pictures)
    assert "dimension" not in told
    assert told["vectors"] == {"img": {"dimension": 2, "metric": "Dot"}, "txt": {"dimension": 3, "metric": "Cosine"}}
    assert api.good("GET", f"{pictures}/points/1")["vectors"] == {"img": [1.0, 0.0], "txt": [1.0, 0.0, 0.0]}
    assert api.good("GET", f"{pictures}/points/3")["vectors"] == {}
    found = api.good("POST", f"{pictures}/points/search", {"vector": [1, 1], "using": "img", "with_vector": ["img"]})
    assert [(p["id"], p["score"], p["vectors"]) for p in found["points"]] == [
        (2, 2.0, {"img": [0.0, 2.0]}),
        (1, 1.0, {"img": [1.0, 0.0]}),
    ]
    assert ids(api.good("POST", f"{pictures}/points/search", {"id": 1, "using": "img"})) == [2]
    has_text = {"must": [{"has_vector": "txt"}]}
    assert api.good("POST", f"{pictures}/points/count", {"filter": has_text}) == {"count": 1}


def test_named_vectors_are_set_and_taken_away_one_by_one(api, pictures):
    api.good("PUT", f"{pictures}/points/vectors", {"points": [{"id": 2, "vectors": {"txt": [0, 1, 0]}}]})
    assert api.good("GET", f"{pictures}/points/2")["vectors"] == {"img": [0.0, 2.0], "txt": [0.0, 1.0, 0.0]}
    api.good("POST", f"{pictures}/points/vectors/delete", {"vectors": ["img"], "ids": [1, 2]})
    point = api.good("GET", f"{pictures}/points/1")
    assert (point["vectors"], point["payload"]) == ({"txt": [1.0, 0.0, 0.0]}, {"n": 1})


def test_a_name_that_is_not_there_is_refused(api, pictures):
    for path, body in (
        ("", {"points": [{"id": 9, "vectors": {"img": [1, 2], "sound": [1]}}]}),
        ("/vectors", {"points": [{"id": 1, "vectors": {"sound": [1]}}]}),
    ):
        assert "sound" in api.wrong("PUT", f"{pictures}/points{path}", body)["detail"]
    for body in ({"vector": [1, 2], "using": "sound"}, {"vector": [1, 2]}, {"vector": [1], "using": "img"}):
        api.wrong("POST", f"{pictures}/points/search", body)
    api.wrong("GET", f"{pictures}/points/9", status=404)


def test_what_both_apis_say_of_named_vectors_is_the_same(api, pictures):
    name = pictures.rsplit("/", 1)[1]
    record, = qdrant(api, "POST", f"/collections/{name}/points", {"ids": [1], "with_vector": True})
    assert record["vector"] == api.good("GET", f"{pictures}/points/1")["vectors"]


def test_a_collection_without_vectors_has_payloads(api, fresh_name):
    path = api.create(fresh_name, vectors={})
    assert api.good("GET", path)["vectors"] == {}
    api.good("PUT", f"{path}/points", {"points": [{"id": 1, "vectors": {}, "payload": {"a": 1}}]})
    assert ids(api.good("POST", f"{path}/points/scroll", {"filter": key("a", match={"value": 1})})) == [1]
    api.good("DELETE", path, status=204)


# --- declared fields -----------------------------------------------------------------------------


def test_fields_from_their_declaration_to_their_end(api, places):
    told = api.good("GET", f"{places}/fields")["fields"]
    by_key = {field["key"]: field for field in told}
    assert {name: field["type"] for name, field in by_key.items()} == {f["key"]: f["type"] for f in FIELDS}
    assert by_key["city"]["points"] == 3 and by_key["at"]["points"] == 2
    assert by_key["text"]["lowercase"] is False and by_key["text"]["tokenizer"] == "whitespace"
    assert api.good("GET", places)["fields"] == told
    made = api.good("PUT", f"{places}/fields/{segment('deep.a[].b')}", {"type": "integer", "range": False})
    assert made["status"] == "completed"
    field = api.good("GET", f"{places}/fields/{segment('deep.a[].b')}")
    assert (field["key"], field["type"], field["range"]) == ("deep.a[].b", "integer", False)
    api.good("DELETE", f"{places}/fields/city")
    api.wrong("GET", f"{places}/fields/city", status=404, field="key")
    api.good("DELETE", f"{places}/fields/city")
    assert payload(api, places, 1)["city"] == "Rome"


@pytest.mark.parametrize(
    "body,field",
    [
        ({}, "type"),
        ({"type": "colour"}, "type"),
        ({"type": "keyword", "lookup": True}, "lookup"),
        ({"type": "text", "tokenizer": "klingon"}, "tokenizer"),
        ({"type": "keyword", "key": "n"}, "key"),
    ],
)
def test_a_wrong_declaration_is_refused(api, places, body, field):
    api.wrong("PUT", f"{places}/fields/n", body, field=field)
    assert api.good("GET", f"{places}/fields/n")["type"] == "integer"


def test_a_refused_field_makes_no_collection(api, fresh_name):
    body = {"name": fresh_name, "dimension": 2, "fields": [{"key": "a", "type": "keyword"}, {"key": "b", "type": "what"}]}
    api.wrong("POST", "/v1/collections", body, field="fields[1].type")
    api.wrong("GET", f"/v1/collections/{fresh_name}", status=404)


# --- facets and order ----------------------------------------------------------------------------


def test_facets_count_points_by_value(api, places):
    hits = api.good("POST", f"{places}/facets", {"key": "city", "exact": True})["hits"]
    assert hits == [{"value": "Rome", "count": 2}, {"value": "Oslo", "count": 1}]
    few = api.good("POST", f"{places}/facets", {"key": "n", "limit": 1, "filter": key("n", range={"gt": 5})})["hits"]
    assert few == [{"value": 7, "count": 1}]
    api.wrong("POST", f"{places}/facets", {"key": "tags"})


def test_a_page_in_the_order_of_values(api, places):
    def page(**order):
        answer = api.good("POST", f"{places}/points/scroll", {"order_by": order, "with_payload": False})
        assert answer["next"] is None
        return [(p["id"], p["order_value"]) for p in answer["points"]]

    assert page(key="n") == [(1, 1), (3, 3), (2, 7)]
    assert page(key="n", direction="desc", start_from=3) == [(3, 3), (1, 1)]
    times = page(key="at", start_from="2024-01-02T00:00:00Z")
    assert times == [(2, "2024-03-01T12:00:00.000000Z")]
    assert page(key="at", direction="desc", start_from=times[0][1])[0] == times[0], "a page goes on from its last value"
    api.wrong("POST", f"{places}/points/scroll", {"order_by": {"key": "city"}})


def test_parts_of_payloads_come_back(api, places):
    for path, body in (("get", {"ids": [3]}), ("scroll", {"from": 3, "limit": 1}), ("search", {"vector": [0, 0, 1, 0], "limit": 1})):
        def one(wish):
            return api.good("POST", f"{places}/points/{path}", body | {"with_payload": wish})["points"][0].get("payload")

        assert one({"include": ["n", "deep.a[].b"]}) == {"n": 3, "deep": {"a": [{"b": 1}, {"b": 2}]}}
        assert one({"exclude": ["deep", "tags"]}) == {"city": "Rome", "n": 3}
        assert one(False) is None and one(True) == PLACES[2]["payload"]


# --- aliases -------------------------------------------------------------------------------------


def aliases(api, name):
    return {a["alias"]: a["collection"] for a in api.good("GET", "/v1/aliases")["aliases"] if name in a["collection"]}


def test_aliases_from_their_making_to_their_end(api, places):
    name = places.rsplit("/", 1)[1]
    today, tomorrow = f"{name}-today", f"{name}-tomorrow"
    make = {"actions": [{"create": {"alias": today, "collection": name}}]}
    answer = api.call("POST", "/v1/aliases", make)
    assert (answer.status, answer.body) == (204, b"")
    assert aliases(api, name) == {today: name}
    assert api.good("POST", f"/v1/collections/{today}/points/count") == {"count": 4}
    api.good("PUT", f"/v1/collections/{today}/points", {"points": [{"id": U64, "vector": [1, 1, 1, 1]}]})
    assert api.good("GET", f"{places}/points/{U64}")["id"] == U64
    api.good("POST", "/v1/aliases", {"actions": [{"rename": {"from": today, "to": tomorrow}}]}, 204)
    api.wrong("POST", f"/v1/collections/{today}/points/count", status=404)
    assert aliases(api, name) == {tomorrow: name}
    api.good("POST", "/v1/aliases", {"actions": [{"delete": {"alias": tomorrow}}, {"delete": {"alias": today}}]}, 204)
    assert aliases(api, name) == {}


def test_actions_happen_all_or_not_at_all(api, places):
    name = places.rsplit("/", 1)[1]
    actions = [
        {"create": {"alias": f"{name}-a", "collection": name}},
        {"create": {"alias": f"{name}-b", "collection": f"{name}-nowhere"}},
    ]
    problem = api.wrong("POST", "/v1/aliases", {"actions": actions}, 404)
    assert f"{name}-nowhere" in problem["detail"]
    assert aliases(api, name) == {}
    api.wrong("POST", "/v1/aliases", {"actions": [{"rename": {"from": f"{name}-a", "to": f"{name}-b"}}]}, 404)
    api.wrong("POST", "/v1/aliases", {"actions": [{"create": {"alias": name, "collection": name}}]}, 409)


def test_aliases_go_with_their_collection(api, fresh_name):
    path = api.create(fresh_name)
    api.good("POST", "/v1/aliases", {"actions": [{"create": {"alias": f"{fresh_name}-a", "collection": fresh_name}}]}, 204)
    api.good("DELETE", path, status=204)
    assert aliases(api, fresh_name) == {}
    api.wrong("GET", f"/v1/collections/{fresh_name}-a", status=404)
