#!/usr/bin/env python3
"""A third program for Qdrant's official Python client, run unchanged against whatever speaks its API.

    finds.py [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333

Every way of finding points: recommendations, discoveries, contexts, orders, samples, merged and rescored
lists, examples of another collection, groups, matrices. Each answer is held against what numpy says of the
same points. Every step prints a line; the first difference ends the program with status 1. Runs on
qdrant-client 1.14.3 and on the newest alike; the older methods are called where the client still has them.
"""
import sys

import numpy as np
from qdrant_client import models
from walk import Difference, expect, expect_error, name_of, walk

COUNT, SIZE = 240, 6
SCORE = 1e-4
CITIES = ["Berlin", "Lagos", "Suva", "Apia", "Quito"]


def squash(x):
    return x / (1 + np.abs(x))


def sigma(x):
    return (squash(x) + 1) / 2


class Points:
    """Vectors `dot` and `euclid` of the same points, and what they are near to."""

    def __init__(self, client):
        self.client = client
        self.name = name_of("finds")
        self.other = self.name + "-other"
        self.collections = (self.name, self.other)
        chance = np.random.default_rng(7)
        self.rows = {using: chance.uniform(-1, 1, (COUNT + 1, SIZE)).astype(np.float32) for using in ("dot", "euclid")}
        self.payload = [{}] + [
            {"n": int(chance.integers(1000)), "city": CITIES[chance.integers(5)], "pair": [i % 7, i % 11]} for i in range(1, COUNT + 1)
        ]
        self.elsewhere = chance.uniform(-1, 1, (10, SIZE)).astype(np.float32)
        self.chance = chance

    def vector(self):
        return [float(x) for x in self.chance.uniform(-1, 1, SIZE).astype(np.float32)]

    def similar(self, using, to):
        """Similarity of every point with a vector or a point: larger is nearer."""
        to = self.rows[using][to] if isinstance(to, int) else np.array(to, dtype=np.float32)
        if using == "dot":
            return self.rows[using] @ to
        return -(((self.rows[using] - to) ** 2).sum(axis=1))

    def best(self, scores, limit, but=(), holds=lambda payload: True, smallest=False):
        ids = [i for i in range(1, COUNT + 1) if i not in but and holds(self.payload[i])]
        return sorted(ids, key=lambda i: scores[i] if smallest else -scores[i])[:limit]

    def expect_hits(self, what, hits, ids, scores):
        expect(f"{what}: which", [hit.id for hit in hits], ids)
        for hit in hits:
            if abs(hit.score - scores[hit.id]) > SCORE:
                raise Difference(f"{what}: score of {hit.id}: got {hit.score}, expected {scores[hit.id]}")

    def query(self, query, using="dot", limit=8, **named):
        return self.client.query_points(self.name, query=query, using=using, limit=limit, **named).points


def creates(p):
    """two collections, one to look up in"""
    vectors = {
        "dot": models.VectorParams(size=SIZE, distance=models.Distance.DOT),
        "euclid": models.VectorParams(size=SIZE, distance=models.Distance.EUCLID),
    }
    p.client.create_collection(p.name, vectors_config=vectors)
    p.client.create_payload_index(p.name, "n", field_schema=models.PayloadSchemaType.INTEGER, wait=True)
    points = [
        models.PointStruct(id=i, vector={u: p.rows[u][i].tolist() for u in p.rows}, payload=p.payload[i]) for i in range(1, COUNT + 1)
    ]
    p.client.upsert(p.name, points, wait=True)
    p.client.create_collection(p.other, vectors_config={"small": models.VectorParams(size=SIZE, distance=models.Distance.DOT)})
    records = [models.PointStruct(id=i, vector={"small": p.elsewhere[i].tolist()}, payload={"number": i}) for i in range(10)]
    p.client.upsert(p.other, records, wait=True)


def recommends(p):
    """near to the average, by the best example, by all of them"""
    positive, negative = [3, p.vector()], [5]
    for using in p.rows:
        rows = p.rows[using]
        plus = (rows[3] + np.array(positive[1], dtype=np.float32)) / 2
        target = plus + plus - rows[5]
        near = p.similar(using, target)
        told = near if using == "dot" else np.sqrt(-near)
        pos = np.array([p.similar(using, e) for e in positive])
        neg = np.array([p.similar(using, e) for e in negative])
        best = np.where(pos.max(axis=0) > neg.max(axis=0), sigma(pos.max(axis=0)), -sigma(neg.max(axis=0)))
        for strategy, order, scores in (
            ("average_vector", near, told),
            ("best_score", best, best),
            ("sum_scores", pos.sum(axis=0) - neg.sum(axis=0), pos.sum(axis=0) - neg.sum(axis=0)),
        ):
            asked = models.RecommendInput(positive=positive, negative=negative, strategy=strategy)
            hits = p.query(models.RecommendQuery(recommend=asked), using)
            p.expect_hits(f"{strategy} by {using}", hits, p.best(order, 8, but=(3, 5)), scores)
            if hasattr(p.client, "recommend"):
                older = p.client.recommend(p.name, positive=positive, negative=negative, strategy=strategy, using=using, limit=8)
                expect(f"{strategy} by {using}: the older way", [(h.id, h.score) for h in older], [(h.id, h.score) for h in hits])
    one = models.RecommendInput(negative=[5], strategy="best_score")
    worst = -sigma(p.similar("dot", 5))
    p.expect_hits("unlike one", p.query(models.RecommendQuery(recommend=one)), p.best(worst, 8, but=(5,)), worst)


def discovers(p):
    """where pairs of examples lead to, with a target and without"""
    pairs = [(2, 9), (p.vector(), 4)]
    context = [models.ContextPair(positive=a, negative=b) for a, b in pairs]
    target = p.vector()
    for using in p.rows:
        wins = [np.sign(p.similar(using, a) - p.similar(using, b)) for a, b in pairs]
        scores = np.sum(wins, axis=0) + sigma(p.similar(using, target))
        hits = p.query(models.DiscoverQuery(discover=models.DiscoverInput(target=target, context=context)), using)
        p.expect_hits(f"discover by {using}", hits, p.best(scores, 8, but=(2, 9, 4)), scores)
        loss = np.sum([squash(np.minimum(p.similar(using, a) - p.similar(using, b) - 1.1920929e-7, 0)) for a, b in pairs], axis=0)
        hits = p.query(models.ContextQuery(context=context), using, limit=COUNT)
        expect(f"context by {using}", len(hits), COUNT - 3)
        scored = {hit.id: hit.score for hit in hits}
        if any(abs(score - loss[i]) > SCORE for i, score in scored.items()):
            raise Difference(f"context by {using}: scores")
        if hasattr(p.client, "discover"):
            older = [models.ContextExamplePair(positive=a, negative=b) for a, b in pairs]
            found = p.client.discover(p.name, target=target, context=older, using=using, limit=8)
            p.expect_hits(f"discover by {using}: the older way", found, p.best(scores, 8, but=(2, 9, 4)), scores)
    alone = models.DiscoverQuery(discover=models.DiscoverInput(target=7, context=[]))
    scores = sigma(p.similar("dot", 7))
    p.expect_hits("a target alone", p.query(alone), p.best(scores, 8, but=(7,)), scores)


def looks_up(p):
    """examples of another collection are compared with, and nobody is left out"""
    place = models.LookupLocation(collection=p.other, vector="small")
    scores = p.similar("dot", p.elsewhere[3])
    p.expect_hits("nearest", p.query(3, lookup_from=place), p.best(scores, 8), scores)
    target = 2 * p.elsewhere[3] - p.elsewhere[4]
    scores = p.similar("dot", target)
    asked = models.RecommendInput(positive=[3], negative=[4])
    p.expect_hits("recommend", p.query(models.RecommendQuery(recommend=asked), lookup_from=place), p.best(scores, 8), scores)
    expect_error("nobody there", 404, "No point with id 77 found", p.query, 77, lookup_from=place)
    nowhere = models.LookupLocation(collection=p.name + "-nowhere", vector="small")
    expect_error("nowhere", 404, f"Collection {p.name}-nowhere not found", p.query, 3, lookup_from=nowhere)


def orders_and_samples(p):
    """points in an order, random points, points by id"""
    by_n = sorted(range(1, COUNT + 1), key=lambda i: -p.payload[i]["n"])
    order = models.OrderByQuery(order_by=models.OrderBy(key="n", direction=models.Direction.DESC))
    got = p.query(order, None, limit=30, offset=5, with_payload=True)
    expect("in an order", [h.payload["n"] for h in got], [p.payload[i]["n"] for i in by_n[5:35]])
    expect("order values", [h.order_value for h in got], [h.payload["n"] for h in got])
    drawn = p.query(models.SampleQuery(sample=models.Sample.RANDOM), None, limit=20)
    expect("a sample of 20 others", len({h.id for h in drawn}), 20)
    berlin = models.Filter(must=[models.FieldCondition(key="city", match=models.MatchValue(value="Berlin"))])
    everyone = p.query(models.SampleQuery(sample=models.Sample.RANDOM), None, limit=COUNT, query_filter=berlin)
    expect("a sample of all", sorted(h.id for h in everyone), [i for i in range(1, COUNT + 1) if p.payload[i]["city"] == "Berlin"])
    expect("by id", [h.id for h in p.query(None, None, limit=3, offset=4)], [5, 6, 7])


def ranks(ids):
    return {id: 1 / (place + 2) for place, id in enumerate(ids)}


def fuses(p):
    """lists are merged by ranks and by scores, and looked at again by another vector"""
    a, b = p.vector(), p.vector()
    near, far = p.similar("dot", a), np.sqrt(-p.similar("euclid", b))
    first, second = p.best(near, 20), p.best(far, 20, smallest=True)
    prefetch = [models.Prefetch(query=a, using="dot", limit=20), models.Prefetch(query=b, using="euclid", limit=20)]
    wanted = ranks(first)
    for id, score in ranks(second).items():
        wanted[id] = wanted.get(id, 0) + score
    hits = p.query(models.FusionQuery(fusion=models.Fusion.RRF), None, limit=40, prefetch=prefetch)
    expect("rrf: which", sorted(h.id for h in hits), sorted(wanted))
    expect("rrf: order", [h.score for h in hits], sorted((h.score for h in hits), reverse=True))
    p.expect_hits("rrf", hits, [h.id for h in hits], wanted)
    wanted = {}
    for ids, scores in ((first, near), (second, far)):
        mean, deviation = np.mean([scores[i] for i in ids]), np.std([scores[i] for i in ids], ddof=1)
        for i in ids:
            wanted[i] = wanted.get(i, 0) + (scores[i] - (mean - 3 * deviation)) / (6 * deviation)
    hits = p.query(models.FusionQuery(fusion=models.Fusion.DBSF), None, limit=5, offset=2, prefetch=prefetch, with_payload=True)
    p.expect_hits("dbsf", hits, sorted(wanted, key=lambda i: -wanted[i])[2:7], wanted)
    expect("dbsf: payload", [h.payload for h in hits], [p.payload[h.id] for h in hits])
    again = p.query(b, "euclid", limit=6, prefetch=prefetch[0])
    p.expect_hits("looked at again", again, sorted(first, key=lambda i: far[i])[:6], far)
    lagos = models.Filter(must=[models.FieldCondition(key="city", match=models.MatchValue(value="Lagos"))])
    among = p.best(near, 20, holds=lambda payload: payload["city"] == "Lagos")
    again = p.query(b, "euclid", limit=6, prefetch=prefetch[0], query_filter=lagos)
    p.expect_hits("among some", again, sorted(among, key=lambda i: far[i])[:6], far)


def batches(p):
    """queries of different kinds in one request"""
    vector = p.vector()
    request = models.QueryRequest
    answers = p.client.query_batch_points(p.name, requests=[
        request(query=vector, using="dot", limit=3),
        request(query=models.SampleQuery(sample=models.Sample.RANDOM), limit=4),
        request(query=models.FusionQuery(fusion=models.Fusion.RRF), prefetch=[models.Prefetch(query=vector, using="dot", limit=5)], limit=5),
        request(limit=2),
    ])
    near = p.similar("dot", vector)
    expect("nearest", [h.id for h in answers[0].points], p.best(near, 3))
    expect("sample", len(answers[1].points), 4)
    expect("merged", [h.id for h in answers[2].points], p.best(near, 5))
    expect("by id", [h.id for h in answers[3].points], [1, 2])


def groups(p):
    """the best of each city, and of every value of a list, with the record of another collection"""
    vector = p.vector()
    near = p.similar("dot", vector)
    found = p.client.query_points_groups(p.name, group_by="city", query=vector, using="dot", limit=4, group_size=2).groups
    cities = {}
    for i in p.best(near, COUNT):
        cities.setdefault(p.payload[i]["city"], []).append(i)
    wanted = sorted(cities.items(), key=lambda item: -near[item[1][0]])[:4]
    expect("of a city", [(g.id, [h.id for h in g.hits]) for g in found], [(city, ids[:2]) for city, ids in wanted])
    found = p.client.query_points_groups(
        p.name, group_by="pair[]", query=vector, using="dot", limit=6, group_size=3, with_lookup=models.WithLookup(collection=p.other)
    ).groups
    values = {}
    for i in p.best(near, COUNT):
        for value in dict.fromkeys(p.payload[i]["pair"]):
            values.setdefault(value, []).append(i)
    wanted = sorted(values.items(), key=lambda item: -near[item[1][0]])[:6]
    expect("of a value: best hits", [round(g.hits[0].score, 4) for g in found], [round(float(near[ids[0]]), 4) for _, ids in wanted])
    for group in found:
        expect(f"of value {group.id}", [h.id for h in group.hits], values[group.id][:3])
        expect(f"record of {group.id}", group.lookup and group.lookup.payload, {"number": group.id} if group.id < 10 else None)
    if hasattr(p.client, "search_groups"):
        older = p.client.search_groups(p.name, query_vector=("dot", vector), group_by="city", limit=2, group_size=1).groups
        expect("the older way", [(g.id, [h.id for h in g.hits]) for g in older],
               [(city, ids[:1]) for city, ids in sorted(cities.items(), key=lambda item: -near[item[1][0]])[:2]])


def matrices(p):
    """how near points of a sample are to each other"""
    pairs = p.client.search_matrix_pairs(p.name, sample=20, limit=4, using="dot").pairs
    expect("so many pairs", len(pairs), 80)
    for pair in pairs:
        if pair.a == pair.b or abs(pair.score - float(p.rows["dot"][pair.a] @ p.rows["dot"][pair.b])) > SCORE:
            raise Difference(f"pair {pair}")
    some = models.Filter(must=[models.HasIdCondition(has_id=[3, 9, 27])])
    matrix = p.client.search_matrix_offsets(p.name, sample=5, limit=2, using="dot", query_filter=some)
    expect("all of three", matrix.ids, [3, 9, 27])
    expect("rows", matrix.offsets_row, [0, 0, 1, 1, 2, 2])
    for row, column, score in zip(matrix.offsets_row, matrix.offsets_col, matrix.scores):
        a, b = matrix.ids[row], matrix.ids[column]
        if a == b or abs(score - float(p.rows["dot"][a] @ p.rows["dot"][b])) > SCORE:
            raise Difference(f"element {a} {b} {score}")
    one = models.Filter(must=[models.HasIdCondition(has_id=[3])])
    expect("of one point", p.client.search_matrix_pairs(p.name, using="dot", query_filter=one).pairs, [])


def refuses(p):
    """what is wrong is told in Qdrant's words"""
    expect_error("nobody there", 404, "No point with id 9999 found", p.query, models.RecommendQuery(recommend=models.RecommendInput(positive=[9999])))
    expect_error("negatives alone", 400, "Positive vectors should not be empty with `average` strategy", p.query,
                 models.RecommendQuery(recommend=models.RecommendInput(negative=[1])))
    expect_error("nothing to merge", 400, "cannot apply Fusion without prefetches", p.query, models.FusionQuery(fusion=models.Fusion.RRF), None)
    expect_error("an order without index", 400, "No range index for `order_by` key: `city`", p.query, models.OrderByQuery(order_by="city"), None)
    expect_error("a short example", 400, "Vector dimension error: expected dim: 6, got 2", p.query,
                 models.RecommendQuery(recommend=models.RecommendInput(positive=[[1.0, 2.0]])))


STEPS = [creates, recommends, discovers, looks_up, orders_and_samples, fuses, batches, groups, matrices, refuses]


if __name__ == "__main__":
    sys.exit(walk(Points, STEPS))
