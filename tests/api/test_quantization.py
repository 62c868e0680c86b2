"""Searches by codes of the vectors, over both APIs of the embedded engine."""
import random
import time

import pytest

from native import Native

POINTS, SIZE, SECONDS = 3000, 24, 60
INT8 = {"scalar": {"type": "int8", "quantile": 0.99}}
SMALL = {"hnsw_config": {"full_scan_threshold": 10}, "optimizers_config": {"indexing_threshold": 10}}


@pytest.fixture
def api(embedded):
    return Native(embedded)


def drawn(chance):
    return [round(chance.uniform(-1, 1), 4) for _ in range(SIZE)]


def fill(api, path):
    chance = random.Random(11)
    points = [{"id": i, "vector": drawn(chance)} for i in range(POINTS)]
    for i in range(0, POINTS, 500):
        api.good("PUT", path + "/points?wait=true", {"points": points[i:i + 500]})
    return drawn(chance)


def explain_when(api, path, vector, codes, **more):
    """The answer once the graph is walked by these codes, which are made behind the writes."""
    limit = time.monotonic() + SECONDS
    while True:
        answer = api.good("POST", path + "/points/search?explain=true", {"vector": vector, "limit": 5} | more)
        told = answer["explain"]
        if (told["method"], told["quantization"], told["unindexed"]) == ("graph", codes, 0):
            return answer
        assert time.monotonic() < limit, told


def found(points):
    return [(point["id"], point["score"]) for point in points]


@pytest.fixture
def quantized(api, fresh_name):
    """Paths of an int8 collection in Qdrant's API and in the native one, and a vector that is not in it."""
    qdrant, native = f"/collections/{fresh_name}", f"/v1/collections/{fresh_name}"
    api.good("PUT", qdrant, {"vectors": {"size": SIZE, "distance": "Euclid"}, "quantization_config": INT8} | SMALL)
    vector = fill(api, qdrant)
    explain_when(api, native, vector, "int8")
    yield qdrant, native, vector
    api.good("DELETE", qdrant)


def asked(api, path, vector, **params):
    return found(api.good("POST", path + "/points/query", {"query": vector, "limit": 5, "params": params})["result"]["points"])


def test_what_is_walked_to_by_codes_is_measured_again(api, quantized):
    qdrant, native, vector = quantized
    answer = explain_when(api, native, vector, "int8")
    assert answer["explain"]["rescored"] is True
    assert api.good("GET", qdrant)["result"]["config"]["quantization_config"] == INT8
    exact = dict(asked(api, qdrant, vector, exact=True))
    walked = asked(api, qdrant, vector, hnsw_ef=300, quantization={"oversampling": 3.0})
    assert walked == list(exact.items()), "the same scores, to the last digit"
    assert asked(api, qdrant, vector, hnsw_ef=300, quantization={"rescore": True}) == walked


def test_without_rescoring_the_scores_are_those_of_the_codes(api, quantized):
    qdrant, native, vector = quantized
    exact = asked(api, qdrant, vector, exact=True)
    rough = asked(api, qdrant, vector, hnsw_ef=300, quantization={"rescore": False})
    assert [score for _, score in rough] != [score for _, score in exact]
    assert [score for _, score in rough] == pytest.approx([score for _, score in exact], rel=0.05)
    answer = explain_when(api, native, vector, "int8", ef=300, quantization={"rescore": False})
    assert answer["explain"]["rescored"] is False and found(answer["points"]) == rough


def test_codes_can_be_ignored_and_turned_off(api, quantized):
    qdrant, native, vector = quantized
    answer = explain_when(api, native, vector, None, quantization={"ignore": True})
    assert answer["explain"]["rescored"] is False
    ignored = asked(api, qdrant, vector, hnsw_ef=300, quantization={"ignore": True})
    assert ignored == asked(api, qdrant, vector, exact=True)
    api.good("PATCH", qdrant, {"quantization_config": "Disabled"})
    assert explain_when(api, native, vector, None)["explain"]["rescored"] is False
    assert api.good("GET", qdrant)["result"]["config"]["quantization_config"] is None
    api.good("PATCH", qdrant, {"quantization_config": {"binary": {}}})
    assert explain_when(api, native, vector, "binary")["explain"]["rescored"] is True


def test_a_native_collection_has_codes_and_settings_of_its_graph(api, fresh_name):
    shape = {"index": {"m": 12, "ef_construct": 80, "full_scan_threshold": 10}, "quantization": {"type": "bfloat16"}}
    native = api.create(fresh_name, SIZE, "euclid", **shape)
    api.good("PATCH", f"/collections/{fresh_name}", {"optimizers_config": {"indexing_threshold": 10}})
    vector = fill(api, f"/collections/{fresh_name}")
    answer = explain_when(api, native, vector, "bfloat16")
    assert answer["explain"]["rescored"] is True and answer["explain"]["ef"] == 80
    told = api.good("GET", native)
    assert {key: told[key] for key in shape} == shape
    api.good("DELETE", native, status=204)
