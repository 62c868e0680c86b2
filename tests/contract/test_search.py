"""Finding points: scores and orders that were worked out by hand, for every way of asking."""
import pytest

from api import ids, scores

POINTS = {1: [1, -1], 2: [0, 3], 3: [5, 3], 4: [-2, -2]}
ASKED = [2, 1]

# what [2, 1] has to do with each
FOUND = {
    "Cosine": [(3, 0.99705), (2, 0.44721), (1, 0.31623), (4, -0.94868)],
    "Dot": [(3, 13), (2, 3), (1, 1), (4, -6)],
    "Euclid": [(1, 2.23607), (2, 2.82843), (3, 3.60555), (4, 5)],
    "Manhattan": [(1, 3), (2, 4), (3, 5), (4, 7)],
}
# a threshold, and how many of those above are strictly better
BETTER = {
    "Cosine": [(0.4473, 1), (0.4471, 2)],
    "Dot": [(3, 1), (2.9, 2), (-6, 3)],
    "Euclid": [(5, 3), (2.9, 2)],
    "Manhattan": [(4, 1), (4.1, 2)],
}


def about(expected):
    return [(i, pytest.approx(score, abs=2e-5)) for i, score in expected]


@pytest.fixture
def four(make):
    """Four points by dot product; `group` is 10, 20, 20, 10."""
    c = make()
    c.put(*({"id": i, "vector": v, "payload": {"group": 20 if i in (2, 3) else 10}} for i, v in POINTS.items()))
    return c


# --- nearest --------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", FOUND)
def test_scores_and_their_order(api, make, distance):
    with api.needs(distance):
        c = make(vectors={"size": 2, "distance": distance})
        c.put(*({"id": i, "vector": v} for i, v in POINTS.items()))
        assert scores(c.query(ASKED)) == about(FOUND[distance])
        assert scores(c.post("/search", vector=ASKED, limit=10)) == about(FOUND[distance])
        native = api.good("POST", f"/v1{c.points}/search", {"vector": ASKED})["points"]
        assert scores(native) == about(FOUND[distance])
        assert scores(c.query(ASKED, params={"exact": True})) == about(FOUND[distance])
        for threshold, count in BETTER[distance]:
            assert scores(c.query(ASKED, score_threshold=threshold)) == about(FOUND[distance][:count])


def test_wide_vectors_are_compared_by_all_their_bits(make):
    """Where an index has halves of them, differences that these do not have."""
    wide = 2100
    c = make(vectors={"size": wide, "distance": "Dot"})
    c.put(*({"id": i, "vector": [1 + i / 10_000] + [0] * (wide - 1)} for i in range(20)))
    found = scores(c.query([1] * wide, limit=3, offset=1))
    assert found == about([(18, 1.0018), (17, 1.0017), (16, 1.0016)])
    assert ids(c.query([1] * wide, limit=20)) == list(range(20))[::-1]


def test_limit_and_offset(four):
    assert ids(four.query(ASKED, limit=2)) == [3, 2]
    assert ids(four.query(ASKED, limit=2, offset=1)) == [2, 1]
    assert ids(four.query(ASKED, offset=4)) == []
    assert ids(four.query(ASKED, limit=2, offset=1, filter={"must_not": [{"has_id": [2]}]})) == [1, 4]


def test_many_queries_in_one_request(api, four):
    with api.needs("supports_batch_search"):
        found = four.post("/query/batch", searches=[{"query": ASKED, "limit": 1}, {"query": [-1, 0], "limit": 2}])
        assert [ids(f["points"]) for f in found] == [[3], [4, 2]]
        older = four.post("/search/batch", searches=[{"vector": ASKED, "limit": 1}, {"vector": [-1, 0], "limit": 2}])
        assert [ids(f) for f in older] == [[3], [4, 2]]


def test_what_was_just_written_is_found(four):
    four.put({"id": 9, "vector": [100, 0]})
    assert ids(four.query(ASKED, limit=1)) == [9]
    four.put({"id": 9, "vector": [-100, 0]})
    assert ids(four.query(ASKED, limit=9)) == [3, 2, 1, 4, 9]
    four.write("POST", "/delete", {"points": [3]})
    assert ids(four.query(ASKED, limit=1)) == [2]


# --- by what is stored ----------------------------------------------------------------------------


def test_a_stored_point_is_not_its_own_answer(api, four):
    with api.needs("supports_search_by_id"):
        assert scores(four.query(3)) == [(2, 9), (1, 2), (4, -16)]


def test_a_query_by_a_point_that_is_not_there(api, four):
    if api.can["supports_search_by_id"]:
        said = "Not found: No point with id 77 found"
        api.wrong("POST", f"{four.points}/query", {"query": 77}, 404, said)


def test_a_point_of_another_collection(api, four, make):
    other = make()
    other.put({"id": 77, "vector": ASKED})
    with api.needs("supports_search_by_id"):
        found = four.query(77, lookup_from={"collection": other.name})
        assert scores(found) == FOUND["Dot"]


def test_recommendations(api, four):
    by = {"positive": [3], "negative": [4]}
    with api.needs("supports_search_by_id"):
        # 2 * [5, 3] - [-2, -2] = [12, 8]
        assert scores(four.query({"recommend": by})) == [(2, 24), (1, 4)]
        assert scores(four.post("/recommend", limit=9, **by)) == [(2, 24), (1, 4)]
    with api.needs("supports_examples"):
        # with s(x) = (x / (1 + |x|) + 1) / 2: s(9) and s(2), both nearer to 3 than to 4
        assert scores(four.query({"recommend": by | {"strategy": "best_score"}})) == about([(2, 0.95), (1, 0.83333)])
        # 9 + 6 and 2 - 0
        assert scores(four.query({"recommend": by | {"strategy": "sum_scores"}})) == [(2, 15), (1, 2)]


def test_discovery_and_context(api, four):
    with api.needs("supports_examples"):
        context = [{"positive": 3, "negative": 4}]
        # one pair is right: 1, and s(3) or s(1) for the target
        found = four.query({"discover": {"target": ASKED, "context": context}})
        assert scores(found) == about([(2, 1.875), (1, 1.75)])
        # the other way round both are wrong: -2 and -15, each as x / (1 + |x|)
        found = four.query({"context": [{"positive": 4, "negative": 3}]})
        assert scores(found) == about([(1, -0.66667), (2, -0.9375)])


def test_some_points_by_chance(api, four):
    with api.needs("supports_sampling"):
        assert sorted(ids(four.query({"sample": "random"}))) == [1, 2, 3, 4]
        assert len(set(ids(four.query({"sample": "random"}, limit=2)))) == 2


# --- merged and regrouped -------------------------------------------------------------------------

PREFETCH = [{"query": ASKED, "limit": 3}, {"query": [-1, 0], "limit": 3}]  # 3, 2, 1 and 2, 1, 3
NOT_4 = {"must_not": [{"has_id": [4]}]}


def test_ranks_are_fused(four):
    found = four.query({"fusion": "rrf"}, prefetch=PREFETCH, filter=NOT_4)
    # 1/3 + 1/2, 1/2 + 1/4, 1/4 + 1/3
    assert scores(found) == about([(2, 0.83333), (3, 0.75), (1, 0.58333)])


def test_scores_are_fused_by_their_distribution(four):
    found = four.query({"fusion": "dbsf"}, prefetch=PREFETCH, filter=NOT_4)
    # 13, 3, 1: mean 5.6667, deviation 6.4291; 0, -1, -5: mean -2, deviation 2.6458
    assert scores(found) == about([(2, 1.05686), (3, 1.00113), (1, 0.94201)])


def test_what_was_prefetched_is_scored_anew(four):
    found = four.query(ASKED, prefetch={"query": [-1, 0], "limit": 2})
    assert scores(found) == [(2, 3), (4, -6)]


def test_the_same_over_the_native_api(api, four):
    body = {"prefetch": [{"vector": ASKED, "limit": 3}, {"vector": [-1, 0], "limit": 3}], "fusion": "rrf", "filter": NOT_4}
    found = api.good("POST", f"/v1{four.points}/search", body)["points"]
    assert scores(found) == about([(2, 0.83333), (3, 0.75), (1, 0.58333)])


def test_groups_with_what_belongs_to_them(api, four, make):
    other = make()
    other.put({"id": 10, "vector": [0, 1], "payload": {"title": "ten"}})
    body = {"query": ASKED, "group_by": "group", "group_size": 1, "limit": 2, "with_lookup": other.name}
    groups = four.post("/query/groups", **body)["groups"]
    assert [(g["id"], scores(g["hits"])) for g in groups] == [(20, [(3, 13)]), (10, [(1, 1)])]
    assert groups[1]["lookup"] == {"id": 10, "payload": {"title": "ten"}}
    older = {k: v for k, v in body.items() if k not in ("query", "with_lookup")} | {"vector": ASKED, "group_size": 9}
    groups = four.post("/search/groups", **older)["groups"]
    assert [(g["id"], ids(g["hits"])) for g in groups] == [(20, [3, 2]), (10, [1, 4])]


def test_distances_of_points_from_each_other(api, four):
    with api.needs("supports_sampling", "supports_search_by_id"):
        pairs = four.post("/search/matrix/pairs", sample=9, limit=1)["pairs"]
        nearest = {(p["a"], p["b"]): p["score"] for p in pairs}
        assert nearest == {(1, 3): 2, (2, 3): 9, (3, 2): 9, (4, 1): 0}
        matrix = four.post("/search/matrix/offsets", sample=9, limit=1)
        at = matrix["ids"]
        rows = zip(matrix["offsets_row"], matrix["offsets_col"], matrix["scores"])
        assert {(at[row], at[column]): score for row, column, score in rows} == nearest
