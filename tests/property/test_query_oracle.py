"""A wrong answer is found: each row spoils a right one, and a right one with its equals in another order is not
spoilt. So what test_queries.py compares can fail."""
import copy

import pytest
import query_oracle
from qdrant_client import QdrantClient
from query_calls import ask, make
from query_oracle import Mismatch

POINTS = [{"id": id, "vector": [float(place), 1.0], "payload": {"a": "x" if id % 2 else "y", "n": id}}
          for id, place in ((1, 5), (2, 4), (3, 3), (4, 3), (5, 3), (6, 1))]
MAIN = {"vectors": {"": {"size": 2, "distance": "Dot"}}, "sparse_vectors": {}, "indexes": {}, "points": POINTS, "edits": []}
NEAREST = {"query": {"nearest": [1.0, 0.0]}, "with_vector": True}
GROUPS = NEAREST | {"group_by": "a", "limit": 2, "group_size": 2}
RRF = {"prefetch": [{"query": {"nearest": [1.0, 0.0]}, "limit": 2}], "query": {"fusion": "rrf"}}
MATRIX = {"sample": 6, "limit": 2}


@pytest.fixture(scope="module")
def client():
    client = QdrantClient(":memory:")
    make(client, "main", MAIN)
    return client


def score(hit, by):
    hit.score += by


def swap(hits, one, other):
    hits[one], hits[other] = hits[other], hits[one]


SPOILT = [  # says, call, body, what is done to the answer
    ("a hit is missing", "query", NEAREST, lambda hits: hits.pop()),
    ("a hit comes twice", "query", NEAREST, lambda hits: hits.__setitem__(3, hits[2])),
    ("a score is off by a thousandth", "query", NEAREST, lambda hits: score(hits[0], 0.005)),
    ("the order is another one", "query", NEAREST, lambda hits: swap(hits, 0, 1)),
    ("another point has the score", "query", NEAREST | {"limit": 1}, lambda hits: setattr(hits[0], "id", 2)),
    ("a point that is not there", "query", NEAREST, lambda hits: setattr(hits[0], "id", 77)),
    ("a payload is another one", "query", NEAREST, lambda hits: hits[0].payload.update(n=7)),
    ("a payload's number is a text", "query", NEAREST, lambda hits: hits[0].payload.update(n="1")),
    ("a payload has more in it", "query", NEAREST, lambda hits: hits[0].payload.update(more=None)),
    ("a payload that nobody asked for", "query", NEAREST | {"with_payload": False}, lambda hits: setattr(hits[0], "payload", {})),
    ("a vector is another one", "query", NEAREST, lambda hits: hits[0].vector.__setitem__(1, 1.5)),
    ("a page begins too early", "query", NEAREST | {"offset": 1, "limit": 2}, lambda hits: hits.insert(0, hits.pop())),
    ("an order value is another one", "query", {"query": {"order_by": "n"}}, lambda hits: setattr(hits[0], "order_value", 2)),
    ("a fused score", "query", RRF, lambda hits: score(hits[1], 0.01)),
    ("a random point that the filter keeps out", "query", {"query": {"sample": "random"}, "filter": {"must": [{"has_id": [1, 2]}]}},
     lambda hits: setattr(hits[0], "id", 3)),
    ("too few random points", "query", {"query": {"sample": "random"}}, lambda hits: hits.pop()),
    ("groups in another order", "query groups", GROUPS, lambda answer: swap(answer.groups, 0, 1)),
    ("a group is missing", "query groups", GROUPS, lambda answer: answer.groups.pop()),
    ("a group's hit is missing", "query groups", GROUPS, lambda answer: answer.groups[0].hits.pop()),
    ("a group's name is another one", "query groups", GROUPS, lambda answer: setattr(answer.groups[0], "id", "z")),
    ("a neighbour's score", "pairs", MATRIX, lambda answer: score(answer.pairs[0], 0.1)),
    ("a neighbour is missing", "pairs", MATRIX, lambda answer: answer.pairs.pop()),
    ("a sampled point that is not there", "offsets", MATRIX, lambda answer: answer.ids.append(7)),
    ("ids in another order", "offsets", MATRIX, lambda answer: swap(answer.ids, 0, 1)),
    ("a column is another one", "offsets", MATRIX, lambda answer: answer.offsets_col.__setitem__(0, 5)),
]


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda row: row[0].replace(" ", "_"))
def test_a_wrong_answer_is_found(spoilt, client):
    _, call, body, spoil = spoilt
    answer = copy.deepcopy(ask(client, "main", call, body))
    query_oracle.check(client, "main", call, body, answer)
    spoil(answer)
    with pytest.raises(Mismatch):
        query_oracle.check(client, "main", call, body, answer)


def test_equal_scores_may_stand_in_any_order(client):
    body = NEAREST | {"limit": 4}
    for cut in ([3, 4], [4, 3], [5, 4], [3, 5]):
        hits = {hit.id: hit for hit in ask(client, "main", "query", NEAREST)}
        query_oracle.check(client, "main", "query", body, [hits[id] for id in [1, 2, *cut]])


def test_a_tie_that_decides_what_is_prefetched_is_a_close_call(client):
    for limit, is_close in ((2, False), (3, True), (5, False)):
        body = {"prefetch": [{"query": {"nearest": [1.0, 0.0]}, "limit": limit}], "query": {"nearest": [0.0, 1.0]}}
        assert query_oracle.is_close(client, "main", "query", body) == is_close
