"""Filters: one of each test of the grammar, wherever a filter may stand, with and without indexes."""
import pytest

from api import Api, Collection, ids, in_order

LAST = "550e8400-e29b-41d4-a716-446655440000"
PLACES = {
    1: {
        "city": "Rome",
        "n": 1,
        "ok": True,
        "tags": ["old", "warm"],
        "at": "2024-01-01T00:00:00Z",
        "place": {"lat": 41.9, "lon": 12.5},
        "text": "The old bridge",
        "rows": [{"a": 1, "b": 1}, {"a": 2, "b": 2}],
    },
    2: {
        "city": "Oslo",
        "n": 7,
        "ok": False,
        "tags": ["cold"],
        "at": "2024-03-01T12:00:00Z",
        "place": {"lat": 59.9, "lon": 10.7},
        "text": "a bridge, old and cold",
    },
    3: {"city": "Rome", "n": 3.5, "tags": [], "text": "warm", "rows": [{"a": 1, "b": 2}]},
    4: {"city": None, "n": -2},
    LAST: {"city": ["Oslo", "Rome"], "n": [2, 9], "deep": {"city": "Rome"}},
}
EVERYONE = list(PLACES)
SCHEMAS = {"city": "keyword", "n": "float", "ok": "bool", "tags": "keyword", "at": "datetime", "place": "geo"}
RING = [{"lat": a, "lon": o} for a, o in ((40, 10), (40, 15), (45, 15), (45, 10), (40, 10))]
HOLE = [{"lat": a, "lon": o} for a, o in ((41, 12), (41, 13), (42, 13), (42, 12), (41, 12))]


def key(name, **test):
    return {"must": [{"key": name} | test]}


# says: filter, who passes it
FILTERS = {
    "nothing is asked": ({}, EVERYONE),
    "a text": (key("city", match={"value": "Rome"}), [1, 3, LAST]),
    "a text that is another's beginning": (key("city", match={"value": "Rom"}), []),
    "an integer": (key("n", match={"value": 7}), [2]),
    "a negative integer": (key("n", match={"value": -2}), [4]),
    "a boolean": (key("ok", match={"value": False}), [2]),
    "a deeper key": (key("deep.city", match={"value": "Rome"}), [LAST]),
    "any of texts": (key("city", match={"any": ["Oslo", "Paris"]}), [2, LAST]),
    "any of integers": (key("n", match={"any": [1, 9]}), [1, LAST]),
    "any of none": (key("n", match={"any": []}), []),
    "a value outside a list": (key("city", match={"except": ["Rome"]}), [2, LAST]),
    "a text inside": (key("text", match={"text": "bridge"}), [1, 2]),
    "a range": (key("n", range={"gt": 1, "lte": 7}), [2, 3, LAST]),
    "a range open at one end": (key("n", range={"lt": 1}), [4]),
    "a range of times": (key("at", range={"gte": "2024-01-01T01:00:00+01:00", "lt": "2024-03-01T12:00:00Z"}), [1]),
    "a box": (
        key("place", geo_bounding_box={"top_left": {"lat": 60, "lon": 10}, "bottom_right": {"lat": 59, "lon": 11}}),
        [2],
    ),
    "a circle": (key("place", geo_radius={"center": {"lat": 41.9, "lon": 12.6}, "radius": 10_000}), [1]),
    "a smaller circle": (key("place", geo_radius={"center": {"lat": 41.9, "lon": 12.6}, "radius": 8_000}), []),
    "a polygon": (key("place", geo_polygon={"exterior": {"points": RING}}), [1]),
    "a polygon with a hole": (
        key("place", geo_polygon={"exterior": {"points": RING}, "interiors": [{"points": HOLE}]}),
        [],
    ),
    "how many values": (key("tags", values_count={"gte": 2}), [1]),
    "no values": (key("tags", values_count={"lt": 1}), [3]),
    "empty": ({"must": [{"is_empty": {"key": "tags"}}]}, [3, 4, LAST]),
    "null": ({"must": [{"is_null": {"key": "city"}}]}, [4]),
    "ids": ({"must": [{"has_id": [2, LAST, 99]}]}, [2, LAST]),
    "not these ids": ({"must_not": [{"has_id": [2, LAST, 99]}]}, [1, 3, 4]),
    "a vector": ({"must": [{"has_vector": ""}]}, EVERYONE),
    "elements, each by itself": (
        {"must": [{"key": "rows[].a", "match": {"value": 1}}, {"key": "rows[].b", "match": {"value": 2}}]},
        [1, 3],
    ),
    "one element": (
        {
            "must": [
                {
                    "nested": {
                        "key": "rows",
                        "filter": {
                            "must": [{"key": "a", "match": {"value": 1}}, {"key": "b", "match": {"value": 2}}]
                        },
                    }
                }
            ]
        },
        [3],
    ),
    "this or that": (
        {"should": [{"key": "n", "match": {"value": 1}}, {"key": "city", "match": {"value": "Oslo"}}]},
        [1, 2, LAST],
    ),
    "this and not that": (
        {"must": [{"key": "city", "match": {"value": "Rome"}}], "must_not": [{"key": "n", "range": {"gt": 3}}]},
        [1],
    ),
    "two of three": (
        {
            "min_should": {
                "conditions": [{"has_id": [1, 2]}, {"key": "n", "range": {"lt": 5}}, {"key": "ok", "match": {"value": True}}],
                "min_count": 2,
            }
        },
        [1],
    ),
    "a filter in a filter": (
        {"must": [{"should": [{"has_id": [1]}, {"has_id": [3]}]}, {"must_not": [{"key": "n", "match": {"value": 1}}]}]},
        [3],
    ),
}


@pytest.fixture(scope="module")
def shared(gateway):
    """One collection of each kind for the whole file, which nobody changes."""
    made = {}
    yield made
    for collection in made.values():
        collection.api.call("DELETE", collection.path)
        collection.api.close()


@pytest.fixture(params=["plain", "indexed"])
def places(request, shared, gateway, fresh_name):
    if request.param not in shared:
        c = Collection(Api(gateway), fresh_name).make(vectors={"size": 2, "distance": "Dot"})
        if request.param == "indexed":
            for name, schema in SCHEMAS.items():
                c.index(name, schema)
        c.put(*({"id": i, "vector": [1, at], "payload": p} for at, (i, p) in enumerate(PLACES.items())))
        shared[request.param] = c
    return shared[request.param]


@pytest.mark.parametrize("says", FILTERS)
def test_a_filter_passes(says, places):
    filter, expected = FILTERS[says]
    with places.api.needs("supports_metadata_filter"):
        assert places.ids(filter=filter) == expected
        assert places.count(filter=filter, exact=True) == len(expected)
        found = places.query([0, 1], filter=filter)  # the last has most
        assert ids(found) == expected[::-1]
        assert places.api.good("POST", f"/v1{places.points}/count", {"filter": filter}) == {"count": len(expected)}


def test_words_are_what_an_index_makes_of_a_text(api, make):
    c = make()
    c.index("text", {"type": "text", "tokenizer": "word", "lowercase": True, "phrase_matching": True})
    c.put(*({"id": i, "vector": [1, 0], "payload": {"text": p["text"]}} for i, p in PLACES.items() if "text" in p))
    with api.needs("supports_metadata_filter"):
        assert c.ids(filter=key("text", match={"text": "OLD bridge"})) == [1, 2], "all words, in any order"
        assert c.ids(filter=key("text", match={"text": "brid"})) == [], "whole words"
        assert c.ids(filter=key("text", match={"phrase": "old bridge"})) == [1], "side by side"


# --- facets ---------------------------------------------------------------------------------------


def test_facets_count_values(api, make):
    c = make()
    c.index("tags", "keyword")
    c.index("n", "integer")
    c.put(*({"id": i, "vector": [1, 0], "payload": {"tags": t, "n": i % 2}} for i, t in enumerate(["ab", "a", "ba", "c"])))
    c.put(*({"id": 10 + i, "vector": [1, 0], "payload": {"tags": t}} for i, t in enumerate([["x", "y", "x"], ["x"], "x", "y"])))
    facet = api.good("POST", f"{c.path}/facet", {"key": "tags", "limit": 2, "exact": True})
    assert facet["hits"] == [{"value": "x", "count": 3}, {"value": "y", "count": 2}]
    even = key("n", match={"value": 0})
    facet = api.good("POST", f"{c.path}/facet", {"key": "tags", "filter": even, "exact": True})
    assert facet["hits"] == [{"value": "ab", "count": 1}, {"value": "ba", "count": 1}]
    facet = api.good("POST", f"/v1{c.path}/facets", {"key": "n"})
    assert {hit["value"]: hit["count"] for hit in facet["hits"]} == {0: 2, 1: 2}


# --- scrolling ------------------------------------------------------------------------------------


def put_pages(c):
    c.put(*({"id": i, "vector": [1, 0], "payload": {"even": i % 2 == 0}} for i in (1, 2, 3, 4, 5, 2**64 - 1)), {"id": LAST, "vector": [1, 0]})
    return c


def pages(c, **body):
    """The ids of each page, one after the other."""
    page = c.post("/scroll", **body)
    while page["next_page_offset"] is not None:
        yield ids(page["points"])
        page = c.post("/scroll", offset=page["next_page_offset"], **body)
    yield ids(page["points"])


def test_pages_have_every_point_once(make):
    c = put_pages(make())
    found = list(pages(c, limit=3))
    assert [len(page) for page in found] == [3, 3, 1]
    assert in_order(sum(found, [])) == [1, 2, 3, 4, 5, 2**64 - 1, LAST]
    assert found == list(pages(c, limit=3)), "the order stays"
    even = list(pages(c, limit=1, filter=key("even", match={"value": True})))
    assert [len(page) for page in even] == [1, 1] and in_order(sum(even, [])) == [2, 4]


def test_pages_follow_each_other(api, make):
    c = put_pages(make())
    if api.shares:
        return  # in the order of ids that nobody sees
    first = c.post("/scroll", limit=3)
    assert (ids(first["points"]), first["next_page_offset"]) == ([1, 2, 3], 4)
    second = c.post("/scroll", limit=3, offset=4)
    assert (ids(second["points"]), second["next_page_offset"]) == ([4, 5, 2**64 - 1], LAST)
    third = c.post("/scroll", limit=3, offset=LAST)
    assert (ids(third["points"]), third["next_page_offset"]) == ([LAST], None)
    even = {"filter": key("even", match={"value": True})}
    page = c.post("/scroll", limit=1, **even)
    assert (ids(page["points"]), page["next_page_offset"]) == ([2], 4)
    page = c.post("/scroll", limit=1, offset=4, **even)
    assert (ids(page["points"]), page["next_page_offset"]) == ([4], None)


def test_points_in_the_order_of_a_field(api, make):
    c = make()
    c.index("n", "integer")
    c.put(*({"id": i, "vector": [1, 0], "payload": {"n": n}} for i, n in ((1, 30), (2, 10), (3, 20), (4, [5, 40]))), {"id": 5, "vector": [1, 0]})
    with api.needs("supports_order_by"):
        assert c.ids(order_by="n") == [4, 2, 3, 1, 4], "a point is there for each of its values"
        assert c.ids(order_by={"key": "n", "direction": "desc"}, limit=2) == [4, 1]
        assert c.ids(order_by={"key": "n", "start_from": 20}) == [3, 1, 4]
        assert ids(c.query({"order_by": {"key": "n", "direction": "desc"}}, limit=2)) == [4, 1]
