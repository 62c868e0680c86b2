"""The native API's searches of every kind, on each backend."""
import random
import time

import jsonschema
import pytest
import yaml

from gateway import ROOT
from native import Native

UUID = "550e8400-e29b-41d4-a716-446655440000"
POINTS = [
    {"id": 1, "vector": [1, 0], "payload": {"n": 5, "city": "Lagos"}},
    {"id": 2, "vector": [2, 1], "payload": {"n": 4, "city": "Suva"}},
    {"id": 3, "vector": [0, 3], "payload": {"n": 3, "city": "Suva"}},
    {"id": 4, "vector": [-1, 1], "payload": {"n": 2, "city": "Lagos", "more": True}},
    {"id": UUID, "vector": [-2, -1], "payload": {"n": 1}},
]


@pytest.fixture
def path(api, fresh_name):
    """The path of the points' searches, by dot product."""
    path = api.create(fresh_name, 2)
    api.good("PUT", f"{path}/fields/n", {"type": "integer"})
    api.good("PUT", f"{path}/points", {"points": POINTS})
    yield f"{path}/points/search"
    api.call("DELETE", path)


def found(answer):
    return [(point["id"], point.get("score")) for point in answer["points"]]


def ids(answer):
    return [point["id"] for point in answer["points"]]


def test_like_some_and_unlike_others(api, path):
    average = api.good("POST", path, {"recommend": {"positive": [1, [0, 1]], "negative": [4]}, "limit": 2})
    assert found(average) == [(2, 4.0), (3, 0.0)], "the target is 2, 0"
    best = api.good("POST", path, {"recommend": {"positive": [1], "strategy": "best_score"}, "limit": 1})
    assert found(best) == [(2, pytest.approx(5 / 6))]
    total = api.good("POST", path, {"recommend": {"positive": [1, 3], "negative": [4], "strategy": "sum_scores"}, "limit": 1})
    assert found(total) == [(2, 6.0)]


def test_where_pairs_lead_to(api, path):
    asked = {"target": [0, 1], "context": [{"positive": [1, 0], "negative": [0, 1]}]}
    assert ids(api.good("POST", path, {"discover": asked})) == [2, 1, 3, 4, UUID]
    led = api.good("POST", path, {"context": asked["context"], "limit": 5})
    assert [round(score, 3) for _, score in found(led)] == [0.0, 0.0, -0.5, -0.667, -0.75]


def test_in_an_order_and_at_random(api, path):
    ordered = api.good("POST", path, {"order_by": {"key": "n"}, "limit": 2, "offset": 1})
    assert [(p["id"], p["order_value"], "score" in p) for p in ordered["points"]] == [(4, 2, False), (3, 3, False)]
    drawn = api.good("POST", path, {"sample": "random", "limit": 9, "filter": {"must": [{"key": "city", "match": {"value": "Suva"}}]}})
    assert sorted(ids(drawn)) == [2, 3] and all("score" not in p for p in drawn["points"])


def test_merged_and_looked_at_again(api, path):
    prefetch = [{"vector": [1, 0], "limit": 2}, {"vector": [0.1, 1], "limit": 2}]
    merged = api.good("POST", path, {"fusion": "rrf", "prefetch": prefetch, "with_vector": True})
    assert found(merged)[0] == (2, pytest.approx(1 / 2 + 1 / 3)), "first by one, second by the other"
    assert merged["points"][0]["vector"] == [2, 1] and merged["points"][0]["payload"] == {"n": 4, "city": "Suva"}
    assert found(api.good("POST", path, {"vector": [0, -1], "prefetch": prefetch[:1]})) == [(1, 0.0), (2, -1.0)]


def test_looked_up_in_another_collection(api, path, fresh_name):
    other = api.create(fresh_name + "-other", 2)
    api.good("PUT", f"{other}/points", {"points": [{"id": 77, "vector": [0, 1]}]})
    place = {"collection": fresh_name + "-other"}
    assert ids(api.good("POST", path, {"id": 77, "lookup_from": place, "limit": 1})) == [3]
    api.wrong("POST", path, {"id": 78, "lookup_from": place}, 404)
    api.wrong("POST", path, {"id": 77, "lookup_from": {"collection": fresh_name + "-nowhere"}}, 404)
    api.good("DELETE", other, status=204)


def test_several_at_once(api, path):
    answers = api.good("POST", path + "/batch", {"searches": [{"id": 1, "limit": 1}, {"sample": "random", "limit": 3}]})["answers"]
    assert ids(answers[0]) == [2] and len(answers[1]["points"]) == 3
    assert all("explain" not in answer for answer in answers)


def test_groups(api, path):
    groups = api.good("POST", path + "/groups", {"vector": [1, 0], "group_by": "city", "group_size": 1})["groups"]
    assert [(g["id"], ids(g)) for g in groups] == [("Suva", [2]), ("Lagos", [1])]
    assert all("lookup" not in g for g in groups)


def test_groups_with_a_record(api, path, fresh_name):
    other = api.create(fresh_name + "-other", 2)
    api.good("PUT", f"{other}/points", {"points": [{"id": 5, "vector": [0, 1], "payload": {"is": "five"}}]})
    asked = {"vector": [1, 0], "group_by": "n", "limit": 2, "with_lookup": {"collection": fresh_name + "-other"}}
    groups = api.good("POST", path + "/groups", asked)["groups"]
    assert [(g["id"], g["lookup"]) for g in groups] == [(4, None), (5, {"id": 5, "payload": {"is": "five"}})]
    api.good("DELETE", other, status=204)


def test_a_matrix(api, path):
    matrix = api.good("POST", path + "/matrix", {"sample": 9, "limit": 1, "filter": {"must": [{"has_id": [1, 3]}]}})
    assert matrix == {"ids": [1, 3], "pairs": [{"a": 1, "b": 3, "score": 0.0}, {"a": 3, "b": 1, "score": 0.0}]}
    assert len(api.good("POST", path + "/matrix")["ids"]) == 5


PHASES = ["receive", "queue", "read", "plan", "admission", "connect", "exchange", "code", "rest"]


def check_request(explain, backend, least=1):
    """What all of a request took: exchanges with the backend, and phases that they are in."""
    schema = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    jsonschema.validate(explain, {"components": schema["components"], "$ref": "#/components/schemas/RequestExplain"})
    assert list(explain["phases_ms"]) == PHASES
    told = [x for x in explain["exchanges"] if x["name"].startswith(backend)]
    assert len(told) >= least and explain["exchanges_untold"] == 0
    for exchange in told:
        assert (exchange["outcome"], exchange["fault"], exchange["try"], exchange["hedge"]) == ("ok", None, 1, False)
        assert 0 < exchange["ms"] and 0 <= exchange["connect_ms"] <= exchange["ms"] and exchange["began_ms"] > 0
        if backend == "embedded":
            assert "request_bytes" not in exchange
        else:
            assert exchange["request_bytes"] > 0 and exchange["reply_bytes"] > 0
    phases = explain["phases_ms"]
    assert phases["exchange"] + phases["connect"] > 0


@pytest.fixture
def backend(api):
    return api.good("GET", "/v1/backends")["backends"][0]["name"]


def test_a_search_is_explained_when_that_is_asked(api, path, backend):
    asked = {"vector": [1, 0], "limit": 1, "filter": {"must": [{"key": "n", "range": {"gte": 1}}]}, "score_threshold": -9}
    answer = api.good("POST", path + "?explain=true", asked)
    assert list(answer) == ["points", "explain"] and ids(answer) == [2]
    explain = answer["explain"]
    assert (explain["method"] is not None) == (backend == "embedded")
    assert explain["pushed_down"] == ["search", "filter", "score_threshold", "limit"]
    assert explain["remainder"] == []
    check_request({name: explain[name] for name in ["exchanges", "exchanges_untold", "phases_ms"]}, backend)
    assert "explain" not in api.good("POST", path + "?explain=false", {"vector": [1, 0]})


def test_what_is_left_to_the_gateway_is_told(api, path, backend, fresh_name):
    prefetch = [{"vector": [1, 0], "limit": 2, "filter": {"must": [{"has_id": [1, 2]}]}}, {"vector": [0.1, 1], "limit": 2}]
    explain = api.good("POST", path + "?explain=true", {"fusion": "rrf", "prefetch": prefetch, "limit": 3})["explain"]
    parts = ["filter", "prefetch", "fusion", "limit"]
    assert sorted(explain["pushed_down"] + explain["remainder"]) == sorted(parts), "each part is somebody's"
    assert explain["method"] is None
    if backend == "qdrant":  # whose grammar has all of it
        assert explain["remainder"] == []
    else:
        assert explain["remainder"] == ["fusion", "limit"]
    other = api.create(fresh_name + "-other", 2)
    api.good("PUT", f"{other}/points", {"points": [{"id": 77, "vector": [0, 1]}]})
    looked = {"id": 77, "lookup_from": {"collection": fresh_name + "-other"}}
    explain = api.good("POST", path + "?explain=true", looked)["explain"]
    assert (explain["pushed_down"], explain["remainder"]) == (["search", "limit"], ["lookup_from"])
    check_request({name: explain[name] for name in ["exchanges", "exchanges_untold", "phases_ms"]}, backend, 2)
    api.good("DELETE", other, status=204)


def test_a_batch_is_explained_search_by_search_and_as_one_request(api, path, backend):
    batch = api.good("POST", path + "/batch?explain=true", {"searches": [{"id": 1}, {"sample": "random"}]})
    assert list(batch) == ["answers", "explain"]
    check_request(batch["explain"], backend)
    first, second = (answer["explain"] for answer in batch["answers"])
    assert first["method"] is None or first["points"] == 5
    assert first["pushed_down"] == ["search", "limit"] and second["pushed_down"] == ["sample", "limit"]
    assert "exchanges" not in first and "phases_ms" not in second


WRONG = [
    ({"vector": [1, 0], "id": 1}, "id", 'give one of "vector", "id"'),
    ({"fusion": "rrf"}, "prefetch", "required"),
    ({"sample": "random", "using": "v"}, "using", "only a search by vectors takes this"),
    ({"order_by": {"key": "n"}, "score_threshold": 1}, "score_threshold", "no scores"),
    ({"order_by": {"key": "city"}}, None, "No range index"),
    ({"recommend": {"negative": [1]}}, "recommend", '"average_vector" needs "positive"'),
    ({"recommend": {"positive": [[1]]}}, None, "expected dim: 2, got 1"),
    ({"vector": [1, 0], "lookup_from": {"collection": "x"}}, "lookup_from", "no id is given"),
    ({"id": 1, "prefetch": [{"id": 1, "prefetch": []}]}, "prefetch[0].prefetch", "unknown field"),
    ({"fusion": "rrf", "prefetch": [{"vector": [1]}]}, None, "expected dim: 2, got 1"),
]


@pytest.mark.parametrize("body,where,text", WRONG)
def test_what_means_nothing_is_refused(api, path, body, where, text):
    problem = api.wrong("POST", path, body)
    assert text in problem["detail"] and (where is None or problem["field"] == where), problem


SHORT, PAIR = {"vector": [1]}, {"positive": [1, 0], "negative": [1]}
PLACES = [
    ("", SHORT, "vector"),
    ("", {"recommend": {"positive": [1, [1]]}}, "recommend.positive[1]"),
    ("", {"recommend": {"positive": [1], "negative": [[1, 2, 3]]}}, "recommend.negative[0]"),
    ("", {"discover": {"target": [1]}}, "discover.target"),
    ("", {"discover": {"target": 1, "context": [PAIR]}}, "discover.context[0].negative"),
    ("", {"context": [PAIR]}, "context[0].negative"),
    ("", {"vector": [1, 0], "using": "x"}, "using"),
    ("", {"vector": [1, 0], "with_vector": ["x"]}, "with_vector"),
    ("", {"fusion": "rrf", "prefetch": [{"id": 1}, SHORT]}, "prefetch[1].vector"),
    ("/batch", {"searches": [SHORT]}, "searches[0].vector"),
    ("/batch", {"searches": [{"id": 1}, {"recommend": {"positive": [[1]]}}]}, "searches[1].recommend.positive[0]"),
    ("/batch", {"searches": [{"fusion": "rrf", "prefetch": [SHORT]}]}, "searches[0].prefetch[0].vector"),
    ("/groups", SHORT | {"group_by": "n"}, "vector"),
]


@pytest.mark.parametrize("suffix,body,place", PLACES)
def test_what_does_not_fit_is_told_at_its_place_in_the_body(api, path, suffix, body, place):
    api.wrong("POST", path + suffix, body, field=place)


FORMS = {
    "float16": ({"datatype": "float16"}, 1),
    "uint8": ({"datatype": "uint8"}, 1),
    "multi": ({"multivector_config": {"comparator": "max_sim"}}, 3),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_graph_of_each_form_is_walked(embedded, fresh_name, form):
    api, (params, rows) = Native(embedded), FORMS[form]
    path, chance = f"/collections/{fresh_name}", random.Random(5)
    api.good("PUT", path, {
        "vectors": {"size": 16, "distance": "Euclid"} | params,
        "hnsw_config": {"full_scan_threshold": 10},
        "optimizers_config": {"indexing_threshold": 10},
    })

    def make():
        drawn = [[chance.randrange(256) for _ in range(16)] for _ in range(rows)]
        return drawn if form == "multi" else drawn[0]

    points = [{"id": i, "vector": make()} for i in range(2000)]
    api.good("PUT", path + "/points?wait=true", {"points": points})
    wanted, limit = points[77]["vector"], time.monotonic() + 60
    while api.good("GET", path)["result"]["indexed_vectors_count"] < len(points):
        assert time.monotonic() < limit
    asked = {"vector": wanted, "limit": 1}
    answer = api.good("POST", f"/v1/collections/{fresh_name}/points/search?explain=true", asked)
    assert found(answer) == [(77, 0.0)] and answer["explain"]["method"] == "graph"
    for exact in (False, True):
        told = api.call("POST", path + "/points/search", asked | {"params": {"exact": exact}})
        assert b'"score":0' in told.body, told
    api.good("DELETE", path)
