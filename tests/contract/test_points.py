"""Points: what is written is read back whole; what is changed is changed there and nowhere else."""
import pytest

from api import LACKS, ids

U64 = 2**64 - 1
UUID = "550e8400-e29b-41d4-a716-446655440000"
PAYLOAD = {
    "z": 1,
    "a": 1.0,
    "big": U64,
    "small": -(2**63),
    "deep": {'é\n"': [[], {}, None, True, False, -0.5e-7]},
    "": "",
    "text": "naïve \U0001f600 \\u0000 \u0001 日本",
    "list": [1, "one", [2, [3]]],
}


# --- writing and reading --------------------------------------------------------------------------


def test_ids_keep_all_their_bits(make):
    c = make()
    for point in (0, 2**53 + 1, U64, UUID):
        c.put({"id": point, "vector": [1, 2], "payload": {"me": str(point)}})
        read = c.get(point, with_payload=True, with_vector=True)
        assert read == [{"id": point, "payload": {"me": str(point)}, "vector": [1.0, 2.0]}]
    assert c.ids() == [0, 2**53 + 1, U64, UUID]


def test_a_uuid_in_any_spelling_is_one_point(api, make):
    c = make()
    for spelling in (UUID, UUID.upper(), UUID.replace("-", ""), f"urn:uuid:{UUID}"):
        c.put({"id": spelling, "vector": [1, 2]})
    assert c.ids() == [UUID]
    assert api.good("GET", f"{c.points}/{UUID.upper()}")["id"] == UUID


def test_a_text_as_an_id_is_kept_or_refused(api, make):
    c = make()
    native = f"/v1{c.points}"
    with api.needs("supports_text_ids"):
        api.good("PUT", native, {"points": [{"id": "sku/4711 ä", "vector": [1, 2]}]})
        found = api.good("POST", f"{native}/search", {"vector": [1, 2]})["points"]
        assert ids(found) == ["sku/4711 ä"]


def test_a_payload_comes_back_as_it_was(make):
    c = make()
    c.put({"id": 1, "vector": [1, 2], "payload": PAYLOAD})
    back = c.payload(1)
    assert back == PAYLOAD
    assert [type(back[k]) for k in ("z", "a", "big")] == [int, float, int]


def test_a_text_with_nul_is_kept_or_refused(api, make):
    c = make()
    with api.needs("supports_nul_in_texts"):
        c.put({"id": 1, "vector": [1, 2], "payload": {"a": "a\u0000b"}})
        assert c.payload(1) == {"a": "a\u0000b"}
        assert c.ids(filter={"must": [{"key": "a", "match": {"value": "a\u0000b"}}]}) == [1]
    if not api.can["supports_nul_in_texts"]:
        assert c.count() == 0
        c.put({"id": 1, "vector": [1, 2], "payload": {"a": "b"}})
        for test in ({"value": "\u0000"}, {"any": ["\u0000"]}, {"text": "\u0000"}):
            assert c.ids(filter={"must": [{"key": "a", "match": test}]}) == [], "nothing has it"
        assert c.ids(filter={"must": [{"key": "a", "match": {"except": ["\u0000"]}}]}) == [1]


def test_points_in_columns(make):
    c = make()
    batch = {"ids": [1, UUID], "vectors": [[1, 2], [3, 4]], "payloads": [{"n": 1}, None]}
    c.write("PUT", "", {"batch": batch})
    assert c.get(1, UUID, with_payload=True, with_vector=True) == [
        {"id": 1, "payload": {"n": 1}, "vector": [1.0, 2.0]},
        {"id": UUID, "payload": {}, "vector": [3.0, 4.0]},
    ]


def test_an_upsert_replaces_the_whole_point(make):
    c = make()
    c.put({"id": 1, "vector": [1, 2], "payload": {"old": 1, "both": 1}})
    c.put({"id": 1, "vector": [3, 4], "payload": {"both": 2}})
    assert c.get(1, with_payload=True, with_vector=True) == [{"id": 1, "payload": {"both": 2}, "vector": [3.0, 4.0]}]
    c.put({"id": 1, "vector": [5, 6]}, {"id": 0, "vector": [0, 0]}, {"id": 1, "vector": [7, 8]})
    assert c.get(1, with_vector=True)[0]["vector"] == [7.0, 8.0], "of an id that comes twice the last one wins"
    assert c.count() == 2


def test_who_does_not_wait_is_told_so(make):
    c = make()
    c.write("PUT", "", {"points": [{"id": 1, "vector": [1, 2]}]}, wait="false")
    c.put({"id": 2, "vector": [1, 2]})  # writes keep their order: what is waited for is behind
    assert c.ids() == [1, 2]


def test_a_request_is_written_whole_or_not_at_all(api, make):
    c = make()
    points = [{"id": 1, "vector": [1, 2]}, {"id": 2, "vector": [1, 2, 3]}]
    said = "Wrong input: Vector dimension error: expected dim: 2, got 3"
    api.wrong("PUT", f"{c.points}?wait=true", {"points": points}, 400, said)
    assert c.count() == 0


def test_a_read_says_which_parts_it_wants(make):
    c = make()
    c.put({"id": 1, "vector": [1, 2], "payload": {"a": {"b": 1, "c": 2}, "d": [{"e": 1, "f": 2}], "g": 3}})
    parts = {
        True: {"a": {"b": 1, "c": 2}, "d": [{"e": 1, "f": 2}], "g": 3},
        ("a.b", "g"): {"a": {"b": 1}, "g": 3},
        ("d[].e",): {"d": [{"e": 1}]},
    }
    for wanted, got in parts.items():
        selector = list(wanted) if isinstance(wanted, tuple) else wanted
        for points in (
            c.get(1, with_payload=selector),
            c.query([1, 0], with_payload=selector),
            c.post("/scroll", with_payload=selector)["points"],
        ):
            assert points[0]["payload"] == got
    assert c.get(1, with_payload={"exclude": ["a.b", "d"]})[0]["payload"] == {"a": {"c": 2}, "g": 3}
    assert c.get(1, with_payload={"include": ["g"]})[0]["payload"] == {"g": 3}
    bare = c.query([1, 0])[0]
    assert "payload" not in bare and "vector" not in bare
    assert c.query([1, 0], with_vector=True)[0]["vector"] == [1.0, 2.0]


def test_missing_points_are_left_out(api, make):
    c = make()
    c.put({"id": 1, "vector": [1, 2]}, {"id": 3, "vector": [1, 2]})
    assert ids(c.get(3, 2, 1, UUID)) == [3, 1]
    api.wrong("GET", f"{c.points}/2", None, 404, "Not found: Point with id 2 does not exists!")


# --- vectors of several kinds ----------------------------------------------------------------------


def test_named_vectors_stand_side_by_side(api, make):
    with api.needs("supports_named_vectors"):
        c = make(vectors={"a": {"size": 2, "distance": "Dot"}, "b": {"size": 3, "distance": "Euclid"}})
        c.put({"id": 1, "vector": {"a": [1, 2], "b": [1, 2, 3]}}, {"id": 2, "vector": {"a": [3, 4]}})
        assert c.get(1, with_vector=["b"])[0]["vector"] == {"b": [1.0, 2.0, 3.0]}
        assert c.get(2, with_vector=True)[0]["vector"] == {"a": [3.0, 4.0]}
        assert ids(c.query([1, 1], using="a")) == [2, 1]
        assert ids(c.query([0, 0, 0], using="b")) == [1]
        c.put({"id": 1, "vector": {"b": [0, 0, 1]}})
        assert c.get(1, with_vector=True)[0]["vector"] == {"b": [0.0, 0.0, 1.0]}, "an upsert drops what it lacks"


def test_vectors_are_changed_and_deleted_alone(api, make):
    with api.needs("supports_named_vectors"):
        c = make(vectors={"a": {"size": 2, "distance": "Dot"}, "b": {"size": 2, "distance": "Dot"}})
        c.put(*({"id": i, "vector": {"a": [i, 0], "b": [0, i]}, "payload": {"n": i}} for i in (1, 2, 3)))
        c.write("PUT", "/vectors", {"points": [{"id": 1, "vector": {"a": [9, 9]}}]})
        c.write("POST", "/vectors/delete", {"points": [2], "vector": ["b"]})
        c.write("POST", "/vectors/delete", {"filter": {"must": [{"has_id": [3]}]}, "vector": ["a"]})
        assert c.get(1, 2, 3, with_payload=True, with_vector=True) == [
            {"id": 1, "payload": {"n": 1}, "vector": {"a": [9.0, 9.0], "b": [0.0, 1.0]}},
            {"id": 2, "payload": {"n": 2}, "vector": {"a": [2.0, 0.0]}},
            {"id": 3, "payload": {"n": 3}, "vector": {"b": [0.0, 3.0]}},
        ]
        assert ids(c.query([1, 1], using="a")) == [1, 2]
        assert ids(c.query([1, 1], using="b")) == [3, 1]


def test_sparse_vectors_come_back_and_are_found(api, make):
    with api.needs("supports_sparse_vectors"):
        c = make(vectors={}, sparse_vectors={"words": {}})
        most = api.can["max_sparse_index"] or 2**32 - 1
        c.put(
            {"id": 1, "vector": {"words": {"indices": [7, 1], "values": [0.5, 2]}}},
            {"id": 2, "vector": {"words": {"indices": [most], "values": [1]}}},
        )
        back = c.get(1, with_vector=True)[0]["vector"]["words"]
        assert sorted(zip(back["indices"], back["values"])) == [(1, 2.0), (7, 0.5)]
        found = c.query({"indices": [1, 7, 9], "values": [1, 2, 100]}, using="words")
        assert [(p["id"], p["score"]) for p in found] == [(1, 3.0)], "no index in common, not found"
        assert ids(c.query({"indices": [most], "values": [1]}, using="words")) == [2]


@pytest.mark.parametrize("bound", ["max_sparse_index", "max_sparse_values"])
def test_a_sparse_vector_beyond_what_the_backend_can(api, make, bound):
    """Up to the bound it is kept, beyond it it is refused by the bound's name."""
    most = api.can[bound]
    with api.needs("supports_sparse_vectors"):
        c = make(vectors={}, sparse_vectors={"words": {}})
        for at in (most, most + 1) if most else (20000,):
            indices = [at] if bound == "max_sparse_index" else list(range(at))
            vector = {"indices": indices, "values": [0.5] * len(indices)}
            asked = {"query": vector, "using": "words"}
            written = {"points": [{"id": at, "vector": {"words": vector}}]}
            if most == 0 or at <= most:
                c.put(*written["points"])
                assert ids(c.query(**asked)) == [at]
                continue
            for method, path, body in (("PUT", "?wait=true", written), ("POST", "/query", asked)):
                answer = api.call(method, f"{c.points}{path}", body)
                assert answer.status in (400, 422) and f"{bound}{LACKS}takes" in answer.said, answer
        assert c.count() == 1


def test_multivectors_come_back_and_are_found(api, make):
    with api.needs("supports_multivectors"):
        config = {"size": 2, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}}
        c = make(vectors=config)
        c.put({"id": 1, "vector": [[1, 0], [0, 1]]}, {"id": 2, "vector": [[2, 2]]})
        assert c.get(1, with_vector=True)[0]["vector"] == [[1.0, 0.0], [0.0, 1.0]]
        found = c.query([[1, 0], [0, 3]])
        assert [(p["id"], p["score"]) for p in found] == [(2, 8.0), (1, 4.0)]


def test_cosine_vectors_are_kept_with_length_one(make):
    c = make(vectors={"size": 2, "distance": "Cosine"})
    c.put({"id": 1, "vector": [3, 4]})
    assert c.get(1, with_vector=True)[0]["vector"] == pytest.approx([0.6, 0.8], abs=1e-6)


# --- deleting -------------------------------------------------------------------------------------


def test_deleting_by_ids_skips_what_is_missing(make):
    c = make()
    c.put(*({"id": i, "vector": [1, 1]} for i in (1, 2, U64, UUID)))
    c.write("POST", "/delete", {"points": [1, U64, 99]})
    assert c.ids() == [2, UUID] and c.count() == 2
    assert sorted(ids(c.query([1, 1])), key=str) == [2, UUID]


def test_deleting_by_a_filter(make):
    c = make()
    c.put(*({"id": i, "vector": [1, i], "payload": {"n": i}} for i in range(1, 6)))
    c.write("POST", "/delete", {"filter": {"must": [{"key": "n", "range": {"gte": 2, "lt": 5}}]}})
    assert c.ids() == [1, 5]


# --- payloads -------------------------------------------------------------------------------------


@pytest.fixture
def three(make):
    c = make()
    c.put(*({"id": i, "vector": [1, i], "payload": {"n": i, "deep": {"x": 1}}} for i in (1, 2, 3)))
    return c


def test_payloads_are_merged(three):
    three.write("POST", "/payload", {"payload": {"n": 9, "deep": {"y": 2}}, "points": [1]})
    assert three.payload(1) == {"n": 9, "deep": {"y": 2}}, "keys of the top are merged, no deeper"
    three.write("POST", "/payload", {"payload": {"y": 2}, "key": "deep", "points": [2]})
    assert three.payload(2) == {"n": 2, "deep": {"x": 1, "y": 2}}
    three.write("POST", "/payload", {"payload": {"all": True}, "filter": {"must": [{"key": "n", "range": {"gt": 2}}]}})
    assert [three.payload(i).get("all") for i in (1, 2, 3)] == [True, None, True]


def test_payloads_are_overwritten(three):
    three.write("PUT", "/payload", {"payload": {"new": 1}, "points": [1]})
    assert [three.payload(i) for i in (1, 2)] == [{"new": 1}, {"n": 2, "deep": {"x": 1}}]


def test_keys_of_payloads_are_deleted(three):
    three.write("POST", "/payload/delete", {"keys": ["deep.x", "none"], "points": [1, 2]})
    three.write("POST", "/payload/delete", {"keys": ["n"], "filter": {"must": [{"has_id": [3]}]}})
    assert [three.payload(i) for i in (1, 2, 3)] == [{"n": 1, "deep": {}}, {"n": 2, "deep": {}}, {"deep": {"x": 1}}]


def test_payloads_are_cleared(three):
    three.write("POST", "/payload/clear", {"points": [1]})
    three.write("POST", "/payload/clear", {"filter": {"must": [{"key": "n", "match": {"value": 2}}]}})
    assert [three.payload(i) for i in (1, 2, 3)] == [{}, {}, {"n": 3, "deep": {"x": 1}}]


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("POST", "/payload", {"payload": {"seen": 1}}),
        ("PUT", "/payload", {"payload": {"seen": 1}}),
        ("POST", "/payload/delete", {"keys": ["n"]}),
        ("POST", "/payload/clear", {}),
    ],
)
def test_a_point_that_is_not_there_is_told(api, three, method, path, body):
    said = "Not found: No point with id 4711 found"
    api.wrong(method, f"{three.points}{path}?wait=true", body | {"points": [1, 4711]}, 404, said)
    assert three.payload(2) == {"n": 2, "deep": {"x": 1}}


# --- several changes at once -----------------------------------------------------------------------


def test_changes_in_one_request_happen_in_their_order(api, three):
    operations = [
        {"upsert": {"points": [{"id": 4, "vector": [4, 4], "payload": {"n": 4}}]}},
        {"set_payload": {"payload": {"set": 1}, "points": [4]}},
        {"delete": {"points": [1]}},
        {"overwrite_payload": {"payload": {"n": 0}, "points": [2]}},
        {"delete_payload": {"keys": ["deep"], "points": [3]}},
        {"upsert": {"points": [{"id": 1, "vector": [7, 7]}]}},
        {"update_vectors": {"points": [{"id": 4, "vector": [5, 5]}]}},
        {"clear_payload": {"points": [2]}},
    ]
    results = api.good("POST", f"{three.points}/batch?wait=true", {"operations": operations})
    assert [r["status"] for r in results] == ["completed"] * len(operations)
    assert three.get(1, 2, 3, 4, with_payload=True, with_vector=True) == [
        {"id": 1, "payload": {}, "vector": [7.0, 7.0]},
        {"id": 2, "payload": {}, "vector": [1.0, 2.0]},
        {"id": 3, "payload": {"n": 3}, "vector": [1.0, 3.0]},
        {"id": 4, "payload": {"n": 4, "set": 1}, "vector": [5.0, 5.0]},
    ]


def test_changes_end_at_the_first_that_misses_its_point(api, three):
    operations = [
        {"set_payload": {"payload": {"set": 1}, "points": [1]}},
        {"set_payload": {"payload": {"set": 1}, "points": [2, 4711]}},
        {"delete": {"points": [3]}},
        {"upsert": {"points": [{"id": 5, "vector": [5, 5]}]}},
    ]
    said = "Not found: No point with id 4711 found"
    api.wrong("POST", f"{three.points}/batch?wait=true", {"operations": operations}, 404, said)
    assert three.ids() == [1, 2, 3], "what comes behind it is not done"
    assert three.payload(1)["set"] == 1, "and what came before stays"


def test_the_native_api_writes_the_same_points(api, three):
    path = f"/v1{three.points}"
    api.good("PUT", path, {"points": [{"id": UUID, "vector": [1, 2], "payload": {"a": 1}}]})
    assert three.payload(UUID) == {"a": 1}
    api.good("POST", f"{path}/payload", {"payload": {"b": 2}, "ids": [UUID]})
    api.good("POST", f"{path}/delete", {"filter": {"must": [{"key": "n", "match": {"value": 1}}]}})
    assert api.good("GET", f"{path}/{UUID}") == {"id": UUID, "vector": [1.0, 2.0], "payload": {"a": 1, "b": 2}}
    assert three.ids() == [2, 3, UUID]
