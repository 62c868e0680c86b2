"""The native API, every route, on each backend; and beside Qdrant's on the same collections."""
import json
import math

import pytest

from gateway import Gateway
from native import Native, segment

U64 = 2**64 - 1
UUID = "550e8400-e29b-41d4-a716-446655440000"
POINTS = [
    {"id": 1, "vector": [1.0, 0.0, 0.0, 0.0], "payload": {"n": 1, "deep": {"a": [1, "x", None]}}},
    {"id": U64, "vector": [0.0, 2.0, 0.0, 0.0], "payload": {"n": 2}},
    {"id": UUID, "vector": [0.5, 0.5, 0.5, 0.5]},
]


@pytest.fixture
def words(api, fresh_name):
    """The path of a collection with three points."""
    path = api.create(fresh_name)
    api.good("PUT", f"{path}/points", {"points": POINTS})
    yield path
    api.call("DELETE", path)


def ids(answer):
    return [point["id"] for point in answer["points"]]


# --- collections ---------------------------------------------------------------------------------


def test_a_collection_from_its_creation_to_its_end(api, fresh_name):
    path = f"/v1/collections/{fresh_name}"
    made = api.call("POST", "/v1/collections", {"name": fresh_name, "dimension": 3})
    assert made.status == 201
    assert made.json == {"name": fresh_name, "dimension": 3, "metric": "Cosine", "fields": []}
    assert made.headers["location"] == path
    assert {"name": fresh_name} in api.good("GET", "/v1/collections")["collections"]
    assert api.good("GET", path) == {
        "name": fresh_name,
        "dimension": 3,
        "metric": "Cosine",
        "fields": [],
        "status": "green",
        "points": 0,
        "indexed_vectors": 0,
    }
    gone = api.call("DELETE", path)
    assert (gone.status, gone.body) == (204, b"") and "content-type" not in gone.headers
    assert {"name": fresh_name} not in api.good("GET", "/v1/collections")["collections"]
    api.wrong("GET", path, status=404, detail=f"Collection `{fresh_name}` doesn't exist!", field="collection")
    api.wrong("DELETE", path, status=404, detail=f"Collection `{fresh_name}` doesn't exist!")


@pytest.mark.parametrize("metric", ["cosine", "Dot", "EUCLID", "manhattan"])
def test_every_metric_is_kept(api, fresh_name, metric):
    path = api.create(fresh_name, 2, metric)
    assert api.good("GET", path)["metric"] == metric.capitalize()
    api.good("DELETE", path, status=204)


def test_a_taken_name_is_a_conflict(api, words, fresh_name):
    name = words.rsplit("/", 1)[1]
    body = {"name": name, "dimension": 9}
    api.wrong("POST", "/v1/collections", body, 409, detail=f"Collection `{name}` already exists!")
    assert api.good("GET", words)["dimension"] == 4


def test_a_name_in_any_letters(api, fresh_name):
    name = f"Wörter und 100% {fresh_name} – 日本"
    path = api.create(name)
    assert api.good("GET", path)["name"] == name
    api.good("PUT", f"{path}/points", {"points": POINTS})
    assert api.good("POST", f"{path}/points/count")["count"] == 3
    api.good("DELETE", path, status=204)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a*b", "a\u0000b", "x" * 256])
def test_a_name_that_cannot_be_is_refused(api, name):
    problem = api.wrong("POST", "/v1/collections", {"name": name, "dimension": 3}, 422, field="name")
    assert problem["detail"]


def test_names_are_listed_in_order(api, fresh_name):
    names = [f"{fresh_name}-{c}" for c in "bca"]
    paths = [api.create(name) for name in names]
    listed = [c["name"] for c in api.good("GET", "/v1/collections")["collections"]]
    assert [n for n in listed if n in names] == sorted(names)
    assert listed == sorted(listed, key=str.encode)
    for path in paths:
        api.good("DELETE", path, status=204)


# --- points --------------------------------------------------------------------------------------


def test_a_point_is_whole(api, words):
    assert api.good("GET", f"{words}/points/1") == POINTS[0]
    assert api.good("GET", f"{words}/points/{U64}")["id"] == U64
    assert api.good("GET", f"{words}/points/{UUID.upper()}") == POINTS[2] | {"payload": {}}
    problem = api.wrong("GET", f"{words}/points/2", status=404, field="id")
    assert problem["detail"] == "Point with id 2 doesn't exist!"


def test_a_write_says_what_it_was(api, words):
    first = api.good("PUT", f"{words}/points", {"points": POINTS[:1]})
    second = api.good("POST", f"{words}/points/delete", {"ids": [U64]})
    assert first["status"] == second["status"] == "completed"
    assert second["operation_id"] > first["operation_id"]


def test_a_second_upsert_replaces_the_whole_point(api, words):
    api.good("PUT", f"{words}/points", {"points": [{"id": 1, "vector": [4, 3, 2, 1]}]})
    point = api.good("GET", f"{words}/points/1")
    assert point == {"id": 1, "vector": [4.0, 3.0, 2.0, 1.0], "payload": {}}
    assert api.good("GET", words)["points"] == 3


def test_of_an_id_that_comes_twice_the_last_one_wins(api, words):
    points = [{"id": 9, "vector": [0, 0, 0, n], "payload": {"n": n}} for n in (1, 2)]
    api.good("PUT", f"{words}/points", {"points": points})
    assert api.good("GET", f"{words}/points/9")["payload"] == {"n": 2}


def test_a_request_is_written_whole_or_not_at_all(api, words):
    points = [{"id": 50, "vector": [1, 1, 1, 1]}, {"id": 51, "vector": [1, 1, 1]}]
    api.wrong(
        "PUT",
        f"{words}/points",
        {"points": points},
        detail="Vector dimension error: expected dim: 4, got 3",
        field="points[1].vector",
    )
    api.wrong("GET", f"{words}/points/50", status=404)


def test_points_come_in_the_order_asked(api, words):
    asked = {"ids": [UUID, 7, 1, 1, U64], "with_vector": True, "with_payload": False}
    points = api.good("POST", f"{words}/points/get", asked)["points"]
    assert points == [{"id": p["id"], "vector": p["vector"]} for p in (POINTS[2], POINTS[0], POINTS[1])]


def test_payload_comes_unless_refused_and_vectors_if_asked(api, words):
    for path, body in (("get", {"ids": [1]}), ("search", {"vector": [1, 0, 0, 0]}), ("scroll", {"limit": 1})):
        usual = api.good("POST", f"{words}/points/{path}", body)["points"][0]
        bare = api.good("POST", f"{words}/points/{path}", body | {"with_payload": False})["points"][0]
        full = api.good("POST", f"{words}/points/{path}", body | {"with_vector": True})["points"][0]
        assert usual["payload"] == POINTS[0]["payload"] and "vector" not in usual
        assert "payload" not in bare and "vector" not in bare
        assert full["vector"] == POINTS[0]["vector"] and full["payload"] == POINTS[0]["payload"]


def test_deleting_skips_what_is_missing(api, words):
    api.good("POST", f"{words}/points/delete", {"ids": [1, 12345, UUID]})
    assert ids(api.good("POST", f"{words}/points/scroll")) == [U64]
    assert api.good("GET", words)["points"] == 1


def test_payloads_come_back_as_they_were(api, words):
    payload = {"z": 1, "a": 1.0, "big": U64, "deep": {"é\n\"": [[], {}, None, True, -0.5e-7]}, "": ""}
    api.good("PUT", f"{words}/points", {"points": [{"id": 3, "vector": [1, 2, 3, 4], "payload": payload}]})
    back = api.good("GET", f"{words}/points/3")["payload"]
    assert back == payload and list(back) == list(payload)
    assert isinstance(back["a"], float)


def test_many_points_at_once(api, words):
    points = [{"id": n, "vector": [n, 1, 0.5, -n], "payload": {"n": n, "text": "x" * 300}} for n in range(2, 1002)]
    api.good("PUT", f"{words}/points", {"points": points})
    assert api.good("POST", f"{words}/points/count") == {"count": 1003}
    found = api.good("POST", f"{words}/points/get", {"ids": list(range(2, 1002)), "with_vector": True})
    assert [(p["id"], p["vector"], p["payload"]) for p in found["points"]] == [
        (p["id"], [float(x) for x in p["vector"]], p["payload"]) for p in points
    ]


# --- search, scroll, count -----------------------------------------------------------------------


def test_the_nearest_come_first(api, words):
    found = api.good("POST", f"{words}/points/search", {"vector": [0, 1, 0.5, 0]})["points"]
    assert [(p["id"], p["score"]) for p in found] == [(U64, 2.0), (UUID, 0.75), (1, 0.0)]


def test_distances_ascend_and_similarities_descend(api, fresh_name):
    query = [0.2, -0.7]
    points = [[1, 0], [0, 1], [0.3, -0.6], [-1, -1]]
    scores = {
        "cosine": lambda v: sum(a * b for a, b in zip(query, v)) / math.hypot(*query) / math.hypot(*v),
        "dot": lambda v: sum(a * b for a, b in zip(query, v)),
        "euclid": lambda v: math.dist(query, v),
        "manhattan": lambda v: sum(abs(a - b) for a, b in zip(query, v)),
    }
    for metric, score in scores.items():
        path = api.create(f"{fresh_name}-{metric}", 2, metric)
        body = {"points": [{"id": i, "vector": v} for i, v in enumerate(points)]}
        api.good("PUT", f"{path}/points", body)
        found = api.good("POST", f"{path}/points/search", {"vector": query})["points"]
        expected = sorted(enumerate(map(score, points)), key=lambda p: p[1], reverse=metric in ("cosine", "dot"))
        assert [p["id"] for p in found] == [i for i, _ in expected], metric
        assert [p["score"] for p in found] == pytest.approx([s for _, s in expected], abs=1e-6), metric
        api.good("DELETE", path, status=204)


def test_a_stored_point_as_the_query_is_not_its_own_answer(api, words):
    found = api.good("POST", f"{words}/points/search", {"id": UUID})["points"]
    assert [(p["id"], p["score"]) for p in found] == [(U64, 1.0), (1, 0.5)]


def test_a_query_by_a_point_that_is_not_there(api, words):
    problem = api.wrong("POST", f"{words}/points/search", {"id": 4711}, 404)
    assert "4711" in problem["detail"]
    assert api.good("GET", words)["points"] == 3, "the collection is still known"


def test_limit_offset_and_threshold(api, words):
    search = {"vector": [0, 1, 0.5, 0]}
    assert ids(api.good("POST", f"{words}/points/search", search | {"limit": 1})) == [U64]
    assert ids(api.good("POST", f"{words}/points/search", search | {"limit": 1, "offset": 1})) == [UUID]
    assert ids(api.good("POST", f"{words}/points/search", search | {"offset": 3})) == []
    assert ids(api.good("POST", f"{words}/points/search", search | {"score_threshold": 0.75})) == [U64]
    assert ids(api.good("POST", f"{words}/points/search", search | {"score_threshold": 0.74})) == [U64, UUID]
    assert ids(api.good("POST", f"{words}/points/search", search | {"exact": True, "limit": 2})) == [U64, UUID]


def test_a_search_in_an_empty_collection(api, fresh_name):
    path = api.create(fresh_name)
    assert api.good("POST", f"{path}/points/search", {"vector": [1, 2, 3, 4]}) == {"points": []}
    assert api.good("POST", f"{path}/points/scroll") == {"points": [], "next": None}
    assert api.good("POST", f"{path}/points/count") == {"count": 0}
    api.good("DELETE", path, status=204)


def test_pages_follow_each_other_to_the_end(api, words):
    seen, after = [], {}
    for _ in range(10):
        page = api.good("POST", f"{words}/points/scroll", {"limit": 2} | after)
        seen += ids(page)
        if page["next"] is None:
            break
        after = {"from": page["next"]}
    assert seen == [1, U64, UUID]


def test_counting(api, words):
    assert api.good("POST", f"{words}/points/count") == {"count": 3}
    assert api.good("POST", f"{words}/points/count", {}) == {"count": 3}
    assert api.good("POST", f"{words}/points/count", {"exact": False})["count"] >= 0


# --- what is wrong, and where --------------------------------------------------------------------

WRONG = [
    ("PUT", "", {"points": []}, 400, "points", "one element at least is needed"),
    ("PUT", "", {"points": [{"id": 1}]}, 400, "points[0].vector", 'give one of "vector" and "vectors"'),
    ("PUT", "", {"points": [{"id": -1, "vector": [1]}]}, 400, "points[0].id", "got the number -1"),
    ("PUT", "", {"points": [{"id": 1, "vector": [1, "x"]}]}, 400, "points[0].vector[1]", 'got the string "x"'),
    ("PUT", "", {"points": [{"id": 1, "vector": [1], "payload": 7}]}, 400, "points[0].payload", "expected an object"),
    ("PUT", "", {"pionts": []}, 400, "pionts", 'did you mean "points"?'),
    ("POST", "/search", {"vector": [1, 2, 3]}, 400, "vector", "expected dim: 4, got 3"),
    ("POST", "/search", {}, 400, "vector", 'give one of "vector", "id", "recommend"'),
    ("POST", "/search", {"id": 1, "limit": 0}, 422, "limit", "must be from 1"),
    ("POST", "/search", {"id": 1, "filter": {"muss": []}}, 400, "filter.muss", "did you mean `must`?"),
    ("POST", "/search", {"id": 1, "with_payload": ["n"]}, 400, "with_payload", 'an object with "include" or "exclude"'),
    ("POST", "/search", {"id": 1, "params": {}}, 400, "params", "unknown field"),
    ("POST", "/get", {"ids": [1.5]}, 400, "ids[0]", "got the number 1.5"),
    ("POST", "/delete", {"ids": "all"}, 400, "ids", 'got the string "all"'),
    ("POST", "/delete", {"ids": [1], "filter": {}}, 400, "ids", 'give one of "ids" and "filter"'),
    ("POST", "/delete", {}, 400, "ids", 'give one of "ids" and "filter"'),
    ("POST", "/payload", {"ids": [1]}, 400, "payload", "this field is required"),
    ("POST", "/payload", {"payload": {}, "ids": [1], "key": "a["}, 400, "key", "Invalid json path"),
    ("POST", "/payload/delete", {"keys": [], "ids": [1]}, 400, "keys", "one element at least"),
    ("PUT", "/payload", {"payload": {}, "ids": [1], "key": "a"}, 400, "key", "unknown field"),
    ("PUT", "/vectors", {"points": [{"id": 1, "vectors": {}}]}, 400, "points[0].vectors", "one vector at least"),
    ("POST", "/vectors/delete", {"vector": [""], "ids": [1]}, 400, "vector", 'did you mean "vectors"?'),
    ("POST", "/batch", {"operations": [{"upsret": {}}]}, 400, "operations[0].upsret", 'did you mean "upsert"?'),
    ("POST", "/batch", {"operations": [{}]}, 400, "operations[0]", "exactly one field"),
    ("POST", "/scroll", {"order_by": {"key": "n"}, "from": 1}, 400, "from", "start_from"),
    ("POST", "/scroll", {"order_by": {"key": "n", "direction": "up"}}, 400, "order_by.direction", "asc, desc"),
    ("POST", "/scroll", {"limit": 1e3}, 400, "limit", "expected a whole number"),
    ("POST", "/count", {"exact": "yes"}, 400, "exact", "expected true or false"),
    ("POST", "/count?wait=true", None, 400, "wait", "unknown parameter"),
    ("POST", "/count?timeout=0", None, 422, "timeout", "must be whole seconds from 1 to 3600"),
]


@pytest.mark.parametrize("method,path,body,status,field,words_of_it", WRONG, ids=lambda v: str(v)[:40])
def test_what_is_wrong_is_named_with_its_place(api, words, method, path, body, status, field, words_of_it):
    problem = api.wrong(method, f"{words}/points{path}", body, status, field=field)
    assert words_of_it in problem["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b'{"points": "\xff"}', b'{"a":1}{', b"\xef\xbb\xbf{}"])
def test_what_is_no_json_is_told_by_line_and_column(api, words, body):
    problem = api.wrong("PUT", f"{words}/points", body)
    assert problem["type"].endswith(":format")
    assert not body or "line 1 column" in problem["detail"]


def test_bodies_nested_too_deep_are_refused(api, words):
    deep = b'{"points":[{"id":1,"vector":[1,2,3,4],"payload":' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}]}"
    api.wrong("PUT", f"{words}/points", deep)


OF_COLLECTION = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("PUT", "/points", {"points": [{"id": 1, "vector": [1]}]}),
    ("GET", "/points/1", None),
    ("POST", "/points/get", {"ids": [1]}),
    ("POST", "/points/delete", {"ids": [1]}),
    ("POST", "/points/search", {"vector": [1]}),
    ("POST", "/points/scroll", None),
    ("POST", "/points/count", None),
    ("POST", "/points/payload", {"payload": {"a": 1}, "ids": [1]}),
    ("PUT", "/points/payload", {"payload": {"a": 1}, "ids": [1]}),
    ("POST", "/points/payload/delete", {"keys": ["a"], "ids": [1]}),
    ("POST", "/points/payload/clear", {"filter": {}}),
    ("PUT", "/points/vectors", {"points": [{"id": 1, "vector": [1]}]}),
    ("POST", "/points/vectors/delete", {"vectors": [""], "ids": [1]}),
    ("POST", "/points/batch", {"operations": [{"delete": {"ids": [1]}}]}),
    ("POST", "/facets", {"key": "n"}),
    ("GET", "/fields", None),
    ("GET", "/fields/n", None),
    ("PUT", "/fields/n", {"type": "integer"}),
    ("DELETE", "/fields/n", None),
]


@pytest.mark.parametrize("method,path,body", OF_COLLECTION, ids=lambda v: str(v)[:30])
def test_an_unknown_collection_is_not_found(api, fresh_name, method, path, body):
    detail = f"Collection `{fresh_name}` doesn't exist!"
    api.wrong(method, f"/v1/collections/{fresh_name}{path}", body, 404, detail=detail, field="collection")
    assert {"name": fresh_name} not in api.good("GET", "/v1/collections")["collections"]


def test_a_body_that_says_it_is_something_else_is_refused(api, words):
    body = json.dumps({"ids": [1]}).encode()
    for said in ("application/x-www-form-urlencoded", "text/plain"):
        answer = api.call("POST", f"{words}/points/delete", body, {"content-type": said})
        assert answer.status == 415 and "application/json" in answer.json["detail"]
    for said in ("application/json; charset=utf-8", "Application/JSON"):
        assert api.call("POST", f"{words}/points/delete", body, {"content-type": said}).status == 200


def test_other_methods_are_refused_with_those_there_are(api, words):
    for path, allowed in ((f"{words}/points", {"PUT"}), ("/v1/collections", {"GET", "POST"}), ("/v1/health", {"GET"})):
        answer = api.call("PATCH", path, {})
        assert answer.status == 405 and answer.headers["content-type"] == "application/problem+json"
        assert {m.strip() for m in answer.headers["allow"].split(",")} >= allowed


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nope", "/v1/collections/a/nope", "/v1/collections/a/points/1/2"])
def test_an_unknown_path_is_a_problem(api, path):
    assert api.wrong("GET", path, status=404)["type"].endswith(":no_route")


def test_a_body_that_is_too_large_is_refused(api, words):
    answer = api.call("PUT", f"{words}/points", b" " * (33 << 20))
    assert answer.status == 413 and answer.json["type"].endswith(":too_large")


def test_text_ids_are_kept_or_refused_by_name(api, words):
    can = api.good("GET", "/v1/capabilities")["supports_text_ids"]
    body = {"points": [{"id": "a b/ü", "vector": [1, 1, 1, 1]}]}
    if not can:
        problem = api.wrong("PUT", f"{words}/points", body, field="points[0].id")
        assert "supports_text_ids" in problem["detail"]
        return
    api.good("PUT", f"{words}/points", body)
    assert api.good("GET", f"{words}/points/{segment('a b/ü')}")["id"] == "a b/ü"
    assert ids(api.good("POST", f"{words}/points/scroll")) == [1, U64, UUID, "a b/ü"]
    api.good("POST", f"{words}/points/delete", {"ids": ["a b/ü"]})


# --- the backend ---------------------------------------------------------------------------------


def test_the_backend_tells_how_it_is_and_what_it_can_do(api):
    backend, = api.good("GET", "/v1/backends")["backends"]
    assert backend["health"] == "ok" and backend["version"]
    assert api.good("GET", "/v1/health") == {"status": "ok", "backend": backend["name"]}
    assert api.good("GET", "/v1/capabilities") == backend["capabilities"]
    assert "search" in backend["capabilities"]["operations"]
    assert "meta_get" not in backend["capabilities"]["operations"]


def test_the_document_is_served(api):
    answer = api.call("GET", "/openapi.yaml")
    assert answer.status == 200 and answer.headers["content-type"] == "application/yaml"
    assert answer.body.startswith(b"openapi: 3.1.0\n")


def test_a_dead_backend_is_told_from_a_dead_gateway(tmp_path):
    with Gateway(tmp_path / "behind") as behind:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": behind.url}
        with Gateway(tmp_path / "before", env) as gate:
            api = Native(gate)
            path = api.create("known")
            behind.kill()
            health = api.call("GET", "/v1/health")
            assert health.status == 503 and health.json["status"] == "down" and health.json["detail"]
            backend, = api.good("GET", "/v1/backends")["backends"]
            assert backend["health"] == "down" and backend["capabilities"]["supports_batch_search"]
            for method, where, body in (
                ("POST", f"{path}/points/search", {"vector": [1, 2, 3, 4]}),
                ("PUT", f"{path}/points", {"points": POINTS}),
                ("GET", "/v1/collections/unknown", None),
                ("GET", "/v1/collections", None),
                ("POST", "/v1/collections", {"name": "new", "dimension": 3}),
            ):
                problem = api.wrong(method, where, body, 503, backend="qdrant")
                assert problem["type"].endswith(":backend_down")
            assert api.good("GET", "/v1/capabilities")


# --- the same collections through both APIs ------------------------------------------------------


def qdrant(api, method, path, body=None):
    answer = api.call(method, path, body)
    assert answer.status == 200, answer
    return answer.json["result"]


def test_what_the_native_api_made_qdrants_uses(api, words):
    name = words.rsplit("/", 1)[1]
    assert {"name": name} in qdrant(api, "GET", "/collections")["collections"]
    vectors = qdrant(api, "GET", f"/collections/{name}")["config"]["params"]["vectors"]
    assert (vectors["size"], vectors["distance"]) == (4, "Dot")
    found = qdrant(api, "POST", f"/collections/{name}/points/query", {"query": [0, 1, 0.5, 0], "limit": 2})
    assert [(p["id"], p["score"]) for p in found["points"]] == [(U64, 2.0), (UUID, 0.75)]
    body = {"points": [{"id": 8, "vector": [8, 0, 0, 0], "payload": {"from": "qdrant"}}]}
    qdrant(api, "PUT", f"/collections/{name}/points?wait=true", body)
    assert api.good("GET", f"{words}/points/8")["payload"] == {"from": "qdrant"}
    assert qdrant(api, "DELETE", f"/collections/{name}") is True
    api.wrong("GET", words, status=404)


def test_what_qdrants_api_made_the_native_one_uses(api, fresh_name):
    body = {"vectors": {"size": 2, "distance": "Euclid"}}
    assert qdrant(api, "PUT", f"/collections/{fresh_name}", body) is True
    path = f"/v1/collections/{fresh_name}"
    assert api.good("GET", path)["metric"] == "Euclid"
    api.good("PUT", f"{path}/points", {"points": [{"id": UUID, "vector": [3, 4]}]})
    record, = qdrant(api, "POST", f"/collections/{fresh_name}/points", {"ids": [UUID], "with_vector": True})
    assert record["vector"] == [3.0, 4.0]
    api.good("DELETE", path, status=204)
    assert api.call("GET", f"/collections/{fresh_name}").status == 404


QUANTIZED = {
    "a": {"dimension": 4, "index": {"m": 8, "full_scan_threshold": 20}, "quantization": {"type": "int8", "quantile": 0.99}},
    "b": {"dimension": 2, "quantization": {"type": "binary"}},
}


def test_how_vectors_are_indexed_and_quantized_is_told_by_both_apis(api, fresh_name):
    api.good("POST", "/v1/collections", {"name": fresh_name, "vectors": QUANTIZED}, status=201)
    told = api.good("GET", f"/v1/collections/{fresh_name}")["vectors"]
    assert told == {name: params | {"metric": "Cosine"} for name, params in QUANTIZED.items()}
    params = qdrant(api, "GET", f"/collections/{fresh_name}")["config"]["params"]["vectors"]
    assert params["a"]["hnsw_config"] == {"m": 8, "full_scan_threshold": 20}
    assert params["a"]["quantization_config"] == {"scalar": {"type": "int8", "quantile": 0.99}}
    assert params["b"]["quantization_config"] == {"binary": {}}
    api.good("DELETE", f"/v1/collections/{fresh_name}", status=204)


def test_what_qdrants_api_says_of_all_vectors_holds_for_each_that_says_nothing(api, fresh_name):
    body = {
        "vectors": {"a": {"size": 2, "distance": "Dot"}, "b": {"size": 2, "distance": "Dot", "hnsw_config": {"m": 4}}},
        "hnsw_config": {"m": 8, "ef_construct": 32},
        "quantization_config": {"scalar": {"type": "int8", "quantile": 0.95, "always_ram": True}},
    }
    native, old = f"/v1/collections/{fresh_name}", f"/collections/{fresh_name}"
    assert qdrant(api, "PUT", old, body) is True
    int8 = {"type": "int8", "quantile": 0.95}
    told = api.good("GET", native)["vectors"]
    assert [told[v].get("quantization") for v in "ab"] == [int8, int8]
    assert [told[v]["index"] for v in "ab"] == [{"m": 8, "ef_construct": 32}, {"m": 4, "ef_construct": 32}]
    change = {"quantization_config": "Disabled", "vectors": {"b": {"quantization_config": {"binary": {}}}}}
    assert qdrant(api, "PATCH", old, change) is True
    told = api.good("GET", native)["vectors"]
    assert [told[v].get("quantization") for v in "ab"] == [None, {"type": "binary"}]
    assert qdrant(api, "PATCH", old, {"vectors": {"b": {"quantization_config": "Disabled"}}}) is True
    assert "quantization" not in api.good("GET", native)["vectors"]["b"]
    api.good("DELETE", native, status=204)


def test_bfloat16_is_for_backends_that_have_it(api, fresh_name):
    body = {"name": fresh_name, "dimension": 2, "quantization": {"type": "bfloat16"}}
    path = f"/v1/collections/{fresh_name}"
    if not api.good("GET", "/v1/capabilities")["supports_bfloat16"]:
        problem = api.wrong("POST", "/v1/collections", body, 400, field="quantization")
        assert problem["detail"].startswith("supports_bfloat16: ")
        api.wrong("GET", path, status=404)
        return
    api.good("POST", "/v1/collections", body, status=201)
    assert api.good("GET", path)["quantization"] == {"type": "bfloat16"}
    vectors = qdrant(api, "GET", f"/collections/{fresh_name}")["config"]["params"]["vectors"]
    assert vectors == {"size": 2, "distance": "Cosine", "quantization_config": None}
    change = {"vectors": {"": {"quantization_config": {"scalar": {"type": "int8"}}}}}
    assert qdrant(api, "PATCH", f"/collections/{fresh_name}", change) is True
    assert api.good("GET", path)["quantization"] == {"type": "int8"}
    api.good("DELETE", path, status=204)


def test_a_modifier_is_told_as_it_was_given(api, fresh_name):
    path = f"/collections/{fresh_name}"
    given = {"n": {"modifier": "none"}, "i": {"modifier": "idf"}, "s": {"index": {"datatype": "float16"}}}
    assert qdrant(api, "PUT", path, {"sparse_vectors": given}) is True
    assert qdrant(api, "GET", path)["config"]["params"]["sparse_vectors"] == given
    qdrant(api, "DELETE", path)
