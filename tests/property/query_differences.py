"""Where Qdrant's Python client in its in-process mode (1.14.3) answers queries otherwise than FACTS 8 and 9: the one
list, by name, each with a proof, a least case and what FACTS answers. `then` says what becomes of it:

    "excluded"    what `meets` finds in a query over a collection is not compared
    "rewritten"   the mode is asked another question, that means the same by FACTS (query_oracle.py)
    "avoided"     random_queries.py does not make such a case
"""
from dataclasses import dataclass, field
from typing import Any, Callable


def meets_none(main, call, body):
    return False


def scores_by_examples(query):
    recommend = query.get("recommend", query)
    is_recommendation = "positive" in recommend or "negative" in recommend
    return recommend.get("strategy") in ("best_score", "sum_scores") if is_recommendation else "nearest" not in query


def no_shared_index(main, call, body):
    lonely = {one.name for one in main.vectors if one.kind == "sparse" and not one.is_overlapping}
    parts = [body, *body.get("prefetch", [])]
    return call in ("query", "query groups", "recommend", "recommend groups", "discover") and any(
        part.get("using") in lonely and scores_by_examples(part.get("query", body)) for part in parts)


def ids_of_two_kinds(main, call, body):
    return call in ("pairs", "offsets") and len({type(id) for id in main.state}) > 1


@dataclass
class Difference:
    name: str
    facts: str  # the clause of FACTS
    then: str
    collection: dict
    query: tuple
    answer: Any  # by FACTS, as test_queries.summary() has it; the mode says something else, or fails
    meets: Callable = meets_none
    away: dict = field(default_factory=dict)


def named(**vectors):
    return {"vectors": vectors, "sparse_vectors": {}, "indexes": {}, "edits": []}


def dot(size):
    return {"size": size, "distance": "Dot"}


def line(*points, **more):
    """Points 1, 2, … with one number each, or [number, payload]."""
    points = [one if isinstance(one, list) else [one, {}] for one in points]
    return named(**{"": dot(1)}) | {
        "points": [{"id": id, "vector": [float(number)], "payload": payload} for id, (number, payload) in enumerate(points, 1)]} | more


def sparse(*points, modifier=None, edits=()):
    return named() | {"sparse_vectors": {"s": {"modifier": modifier} if modifier else {}}, "edits": list(edits), "points": [
        {"id": id, "vector": {"s": one} if one else {}, "payload": {}} for id, one in enumerate(points, 1)]}


def weights(**values):
    """a=2.0 is index 1 with that value."""
    return {"indices": [ord(name) - 96 for name in values], "values": list(values.values())}


MULTI = dot(1) | {"multivector_config": {"comparator": "max_sim"}}
EVEN = {"must": [{"key": "even", "match": {"value": True}}]}
FIRST = {"query": {"nearest": [1.0]}, "limit": 1}

DIFFERENCES = [
    Difference("a score that equals the threshold passes", "§8: score_threshold is strict", "avoided",
               line(1, 2, 3), ("query", {"query": {"nearest": [1.0]}, "score_threshold": 2.0}), [[3, 3.0]]),
    Difference("a fusion has no threshold", "§8: fusion keeps ≥ t", "rewritten", line(1, 2, 3),
               ("query", {"prefetch": [{"query": {"nearest": [1.0]}}], "query": {"fusion": "rrf"}, "score_threshold": 0.5}), [[3, 0.5]]),
    Difference("a fusion has no filter", "§8: filters go down", "rewritten", line([1, {"even": False}], [2, {"even": True}]),
               ("query", {"prefetch": [{"query": {"nearest": [1.0]}}], "query": {"fusion": "rrf"}, "filter": EVEN}), [[2, 0.5]]),
    Difference("a filter does not reach the prefetches", "§8: filters go down", "rewritten",
               line([1, {"even": True}], [2, {"even": False}]),
               ("query", {"prefetch": [FIRST], "query": {"nearest": [3.0]}, "filter": EVEN}), [[1, 3.0]]),
    Difference("an example of the query is prefetched", "§8: exclusion of root ids also reaches the leaves", "rewritten", line(1, 2),
               ("query", {"prefetch": [FIRST], "query": {"nearest": 2}}), [[1, 2.0]]),
    Difference("an example of a prefetch is an answer", "§8: a point used as an example (anywhere: root or prefetch) is excluded",
               "rewritten", line(1, 2, 3),
               ("query", {"prefetch": [{"query": {"nearest": 3}}, {"query": {"nearest": [1.0]}}], "query": {"nearest": [1.0]}}),
               [[2, 2.0], [1, 1.0]]),
    Difference("random points have no offset", "§8: sample: offset ignored without prefetch", "rewritten", line(1, 2),
               ("query", {"prefetch": [FIRST], "query": {"sample": "random"}, "offset": 1}), []),
    Difference("groups forget what is prefetched", "§8: vector queries re-rank the union of the prefetched ids", "rewritten",
               line([1, {"a": "x"}], [2, {"a": "y"}]),
               ("query groups", {"prefetch": [{"query": {"nearest": [1.0]}, "filter": {"must": [{"has_id": [1]}]}}],
                                 "query": {"nearest": [1.0]}, "group_by": "a"}), [["x", [1], None]]),
    Difference("an order begins between two integers", "§7: an integer index truncates bounds to i64", "avoided",
               line([1, {"n": 1}], [2, {"n": 0}], indexes={"n": "integer"}),
               ("query", {"query": {"order_by": {"key": "n", "start_from": 1.5}}}), [[1, 0.0]]),
    Difference("a lookup by name brings no payload", "§6: with_lookup: {collection, with_payload=true, …}", "rewritten",
               line([1, {"a": 1}]), ("search groups", {"vector": [1.0], "group_by": "a", "limit": 1, "group_size": 1, "with_lookup": "away"}),
               [[1, [1], {"b": 2}]], away=line([1, {"b": 2}])),
    Difference("true is a group", "§6: group key values: string or integer only", "avoided", line([1, {"a": True}], [2, {"a": 7}]),
               ("search groups", {"vector": [1.0], "group_by": "a", "limit": 5, "group_size": 1}), [[7, [2], None]]),
    Difference("a value that is no key does not keep a point out", "§6: a point with a value of another type there is left out", "avoided",
               line([1, {"a": [7, 0.5]}], [2, {"a": 8}]),
               ("search groups", {"vector": [1.0], "group_by": "a", "limit": 5, "group_size": 1}), [[8, [2], None]]),
    Difference("a matrix takes points without the vector", "§6: only points with the vector", "rewritten",
               named(a=dot(1), b=dot(1)) | {"points": [{"id": 1, "vector": {"a": [1.0], "b": [1.0]}}, {"id": 2, "vector": {"b": [1.0]}},
                                                       {"id": 3, "vector": {"a": [2.0], "b": [1.0]}}]},
               ("offsets", {"using": "a", "sample": 9}), {1: [[3, 2.0]], 3: [[1, 2.0]]}),
    Difference("ids of two kinds have no order", "§3: integers ascending, then all UUIDs", "excluded",
               named(**{"": dot(1)}) | {"points": [{"id": "00000000-0000-0000-0000-000000000001", "vector": [2.0]}, {"id": 7, "vector": [1.0]}]},
               ("offsets", {"sample": 9}), {7: [["00000000-0000-0000-0000-000000000001", 2.0]],
                                            "00000000-0000-0000-0000-000000000001": [[7, 2.0]]}, ids_of_two_kinds),
    Difference("what shares no index is infinitely unlike", "§9: sparse: Σ over shared indices of the product", "excluded",
               sparse(weights(a=1.0), weights(b=1.0)),
               ("query", {"using": "s", "query": {"recommend": {"positive": [weights(a=1.0)], "negative": [weights(b=3.0)],
                                                                "strategy": "sum_scores"}}}),
               [[1, 1.0], [2, -3.0]], no_shared_index),
    Difference("a multivector is never missing", "§4: a point may leave out any configured name", "avoided",
               named(m=MULTI) | {"points": [{"id": 1, "vector": {}}, {"id": 2, "vector": {"m": [[1.0], [2.0]]}}]},
               ("query", {"using": "m", "query": {"nearest": [[1.0]]}}), [[2, 2.0]]),
    Difference("multivectors are not updated", "§5: update_vectors sets only the named vectors", "avoided",
               named(m=MULTI) | {"points": [{"id": 1, "vector": {"m": [[1.0]]}}],
                                 "edits": [["update_vectors", [{"id": 1, "vector": {"m": [[5.0]]}}]]]},
               ("query", {"using": "m", "query": {"nearest": [[1.0]]}}), [[1, 5.0]]),
    Difference("what has no vector is an example of ones", "§8: nearest to a point's vector", "avoided",
               named(a=dot(1)) | {"points": [{"id": 1, "vector": {"a": [3.0]}}, {"id": 2, "vector": {}}, {"id": 3, "vector": {"a": [1.0]}}]},
               ("query", {"using": "a", "query": {"nearest": 2}}), '404 Not found: Vector with name "a" for point not found'),
    Difference("a deleted point is an example", "§1.3: No point with id 5 found", "avoided", line(1, 2, edits=[["delete", [2]]]),
               ("query", {"query": {"nearest": 2}}), "404 Not found: No point with id 2 found"),
    Difference("numbers are kept as float32", "§4: uint8 truncates and saturates to 0..255", "avoided",
               named(**{"": dot(1) | {"datatype": "uint8"}}) | {"points": [{"id": 1, "vector": [3.75]}, {"id": 2, "vector": [300.0]}]},
               ("query", {"query": {"nearest": [1.0]}}), [[2, 255.0], [1, 3.0]]),
]
assert {one.then for one in DIFFERENCES} == {"excluded", "rewritten", "avoided"}


def difference(main, call, body):
    """The name of a difference that keeps a query from being compared, or None."""
    return next((one.name for one in DIFFERENCES if one.then == "excluded" and one.meets(main, call, body)), None)
