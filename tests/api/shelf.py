#!/usr/bin/env python3
"""A second program for Qdrant's official Python client, run unchanged against whatever speaks its API.

    shelf.py [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333

A bookshop: 300 books with two named vectors and a payload of every kind of value. It filters, counts,
orders, facets, changes payloads and vectors, in batches too, renames collections under its readers, and
holds each answer against what a plain Python list of the same books says. Every step prints a line; the
first difference ends the program with status 1. Runs on qdrant-client 1.14.3 and on the newest alike.
"""
import datetime
import math
import random
import sys
import uuid

import numpy as np
from qdrant_client import models
from walk import Difference, expect, expect_error, name_of, walk

BOOKS = 300
SCORE = 1e-5
PLACES = {"Berlin": (13.4, 52.52), "Lagos": (3.4, 6.45), "Suva": (178.44, -18.14), "Apia": (-171.77, -13.83)}
KINDS = ["novel", "poetry", "science", "travel"]
WORDS = "river mountain silent garden winter letters stone light harbour machine".split()
EARTH_M = 6371000.0


def haversine_m(a, b):
    (lon1, lat1), (lon2, lat2) = [(math.radians(lon), math.radians(lat)) for lon, lat in (a, b)]
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(h))


def make_book(chance, number):
    place = chance.choice(list(PLACES))
    day = datetime.date(1990, 1, 1) + datetime.timedelta(days=chance.randrange(12000))
    payload = {
        "title": f"{chance.choice(WORDS).title()} {chance.choice(WORDS)}",
        "kind": chance.choice(KINDS),
        "year": day.year,
        "price": chance.randrange(100, 5000) / 100,
        "in print": chance.random() < 0.7,
        "published": f"{day.isoformat()}T{chance.randrange(24):02}:00:00Z",
        "isbn": str(uuid.UUID(int=chance.getrandbits(128))),
        "tags": chance.sample(WORDS, chance.randrange(4)),
        "shop": {"city": place, "at": {"lon": PLACES[place][0], "lat": PLACES[place][1]}},
        "reviews": [
            {"by": chance.choice(["ana", "bo", "cy"]), "stars": chance.randrange(1, 6)}
            for _ in range(chance.randrange(3))
        ],
    }
    if number % 7 == 0:
        payload["note"] = None
    if number % 11 == 0:
        del payload["price"]
    vectors = {"text": [chance.uniform(-1, 1) for _ in range(8)]}
    if number % 5:
        vectors["cover"] = [chance.uniform(0, 9) for _ in range(4)]
    return payload, vectors


class Shelf:
    """The program's state: the client, and the books as they must be now."""

    def __init__(self, client):
        self.client = client
        self.name = name_of("shelf")
        self.collections = (self.name, self.name + "-next")
        self.books = {}  # id -> (payload, vectors)
        chance = random.Random(20)
        for id in range(1, BOOKS + 1):
            self.books[id] = make_book(chance, id)

    def ids(self, holds):
        return sorted(id for id, (payload, vectors) in self.books.items() if holds(payload, vectors, id))

    def scroll_all(self, **named):
        """Ids of all pages, in order."""
        ids, offset = [], None
        while True:
            page, offset = self.client.scroll(self.name, limit=64, offset=offset, with_payload=False, **named)
            ids += [point.id for point in page]
            if offset is None:
                return ids

    def expect_filter(self, what, condition, holds):
        """A condition selects what the predicate does: alone, negated, counted."""
        wanted = self.ids(holds)
        yes, no = models.Filter(must=[condition]), models.Filter(must_not=[condition])
        expect(f"{what}: scroll", self.scroll_all(scroll_filter=yes), wanted)
        expect(f"{what}: count", self.client.count(self.name, count_filter=yes).count, len(wanted))
        expect(f"{what}: the others", self.client.count(self.name, count_filter=no).count, len(self.books) - len(wanted))
        return len(wanted)

    def expect_books(self, what, ids):
        """The server's books are ours, payload by payload and vector by vector."""
        ids = set(ids)
        got = {point.id: point for point in self.client.retrieve(self.name, list(ids), with_payload=True, with_vectors=True)}
        expect(f"{what}: which", sorted(got), sorted(id for id in ids if id in self.books))
        for id, point in got.items():
            payload, vectors = self.books[id]
            expect(f"{what}: payload of {id}", point.payload, payload)
            expect(f"{what}: vectors of {id}", sorted(point.vector), sorted(vectors))
            if "cover" in vectors:
                wanted = [float(np.float32(x)) for x in vectors["cover"]]
                expect(f"{what}: cover of {id}", [float(np.float32(x)) for x in point.vector["cover"]], wanted)


def field(key, **test):
    return models.FieldCondition(key=key, **test)


def conditions():
    """Every kind of condition: what it is called, the condition, the predicate."""
    match, rng = models.MatchValue, models.Range
    berlin = models.GeoPoint(lon=13.4, lat=52.52)
    ring = [models.GeoPoint(lon=x, lat=y) for x, y in [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]]
    since = datetime.datetime(2005, 6, 1, tzinfo=datetime.timezone.utc)
    nested = models.Filter(must=[field("by", match=match(value="ana")), field("stars", range=rng(gte=4))])
    some = [3, 9, 200, 9999]

    def published(payload):
        return datetime.datetime.fromisoformat(payload["published"].replace("Z", "+00:00"))

    return [
        ("match a word", field("kind", match=match(value="poetry")), lambda p, v, id: p["kind"] == "poetry"),
        ("match an integer", field("year", match=match(value=2001)), lambda p, v, id: p["year"] == 2001),
        ("match a boolean", field('"in print"', match=match(value=True)), lambda p, v, id: p["in print"]),
        ("match an element", field("tags", match=match(value="stone")), lambda p, v, id: "stone" in p["tags"]),
        ("match inside", field("shop.city", match=match(value="Suva")), lambda p, v, id: p["shop"]["city"] == "Suva"),
        ("any of", field("kind", match=models.MatchAny(any=["novel", "travel"])), lambda p, v, id: p["kind"] in ("novel", "travel")),
        ("any of integers", field("year", match=models.MatchAny(any=[1999, 2000])), lambda p, v, id: p["year"] in (1999, 2000)),
        ("none of", field("kind", match=models.MatchExcept(**{"except": ["novel"]})), lambda p, v, id: p["kind"] != "novel"),
        ("a part of a text", field("title", match=models.MatchText(text="gard")), lambda p, v, id: "gard" in p["title"]),
        ("range", field("price", range=rng(gt=10.0, lte=20.5)), lambda p, v, id: "price" in p and 10 < p["price"] <= 20.5),
        ("range of integers", field("year", range=rng(gte=1995, lt=2000)), lambda p, v, id: 1995 <= p["year"] < 2000),
        ("range of times", field("published", range=models.DatetimeRange(gte=since)), lambda p, v, id: published(p) >= since),
        ("radius", field("shop.at", geo_radius=models.GeoRadius(center=berlin, radius=5.3e6)),
         lambda p, v, id: haversine_m(PLACES[p["shop"]["city"]], (13.4, 52.52)) < 5.3e6),
        ("box across the date line", field("shop.at", geo_bounding_box=models.GeoBoundingBox(
            top_left=models.GeoPoint(lon=170, lat=0), bottom_right=models.GeoPoint(lon=-170, lat=-30))),
         lambda p, v, id: p["shop"]["city"] in ("Suva", "Apia")),
        ("polygon", field("shop.at", geo_polygon=models.GeoPolygon(exterior=models.GeoLineString(points=ring))),
         lambda p, v, id: p["shop"]["city"] == "Lagos"),
        ("values count", field("tags", values_count=models.ValuesCount(gte=2)), lambda p, v, id: len(p["tags"]) >= 2),
        ("empty", models.IsEmptyCondition(is_empty=models.PayloadField(key="tags")), lambda p, v, id: not p["tags"]),
        ("empty, missing", models.IsEmptyCondition(is_empty=models.PayloadField(key="note")), lambda p, v, id: True),
        ("null", models.IsNullCondition(is_null=models.PayloadField(key="note")), lambda p, v, id: "note" in p),
        ("ids", models.HasIdCondition(has_id=some), lambda p, v, id: id in some),
        ("has a vector", models.HasVectorCondition(has_vector="cover"), lambda p, v, id: "cover" in v),
        ("nested", models.NestedCondition(nested=models.Nested(key="reviews", filter=nested)),
         lambda p, v, id: any(r["by"] == "ana" and r["stars"] >= 4 for r in p["reviews"])),
        ("not nested", models.Filter(must=[field("reviews[].by", match=match(value="ana")), field("reviews[].stars", range=rng(gte=4))]),
         lambda p, v, id: any(r["by"] == "ana" for r in p["reviews"]) and any(r["stars"] >= 4 for r in p["reviews"])),
        ("one of two", models.Filter(should=[field("kind", match=match(value="novel")), field("year", range=rng(gte=2015))]),
         lambda p, v, id: p["kind"] == "novel" or p["year"] >= 2015),
        ("two of three", models.Filter(min_should=models.MinShould(min_count=2, conditions=[
            field("kind", match=match(value="science")), field("year", range=rng(gte=2000)), field('"in print"', match=match(value=False))])),
         lambda p, v, id: (p["kind"] == "science") + (p["year"] >= 2000) + (not p["in print"]) >= 2),
    ]


def creates(shelf):
    """a collection with two named vectors of different size and metric"""
    vectors = {
        "text": models.VectorParams(size=8, distance=models.Distance.COSINE),
        "cover": models.VectorParams(size=4, distance=models.Distance.EUCLID),
    }
    expect("create", shelf.client.create_collection(shelf.name, vectors_config=vectors), True)
    told = shelf.client.get_collection(shelf.name).config.params.vectors
    expect("told", {name: (v.size, v.distance) for name, v in told.items()}, {name: (v.size, v.distance) for name, v in vectors.items()})


def stocks(shelf):
    """books go in with both vectors or one of them, and come out as they went in"""
    points = [models.PointStruct(id=id, vector=vectors, payload=payload) for id, (payload, vectors) in shelf.books.items()]
    for at in range(0, BOOKS, 100):
        shelf.client.upsert(shelf.name, points[at : at + 100], wait=True)
    shelf.expect_books("stock", list(shelf.books)[:20])
    named = shelf.client.retrieve(shelf.name, [1], with_payload=["shop.city"], with_vectors=["cover"])[0]
    expect("a part of a payload", named.payload, {"shop": {"city": shelf.books[1][0]["shop"]["city"]}})
    expect("one of the vectors", list(named.vector), ["cover"])


def filters(shelf):
    """every kind of condition selects what it should, by scroll, count and negation"""
    for what, condition, holds in conditions():
        if shelf.expect_filter(what, condition, holds) == 0:
            raise Difference(f"{what}: nothing matches, the check is worth nothing")


INDEXES = {
    "kind": models.PayloadSchemaType.KEYWORD,
    "tags": models.PayloadSchemaType.KEYWORD,
    "year": models.PayloadSchemaType.INTEGER,
    "price": models.PayloadSchemaType.FLOAT,
    '"in print"': models.PayloadSchemaType.BOOL,
    "published": models.PayloadSchemaType.DATETIME,
    "isbn": models.PayloadSchemaType.UUID,
    "shop.at": models.PayloadSchemaType.GEO,
}


def indexes(shelf):
    """indexes of every kind are made and told, and change no answer"""
    for key, kind in INDEXES.items():
        result = shelf.client.create_payload_index(shelf.name, key, field_schema=kind, wait=True)
        expect(f"index {key}", result.status, models.UpdateStatus.COMPLETED)
    told = shelf.client.get_collection(shelf.name).payload_schema
    expect("told", {key: index.data_type for key, index in told.items()}, INDEXES)
    expect("points with a price", told["price"].points, len(shelf.ids(lambda p, v, id: "price" in p)))
    filters(shelf)


def matches_text(shelf):
    """a text index matches words, whatever their case, and can be dropped"""
    words = models.FieldCondition(key="title", match=models.MatchText(text="GARDEN"))
    expect("substring", shelf.client.count(shelf.name, count_filter=models.Filter(must=[words])).count, 0)
    params = models.TextIndexParams(type="text", tokenizer=models.TokenizerType.WORD, lowercase=True, min_token_len=2)
    shelf.client.create_payload_index(shelf.name, "title", field_schema=params, wait=True)
    shelf.expect_filter("words", words, lambda p, v, id: "garden" in p["title"].lower().split())
    expect("told", shelf.client.get_collection(shelf.name).payload_schema["title"].params.tokenizer, models.TokenizerType.WORD)
    shelf.client.delete_payload_index(shelf.name, "title", wait=True)
    expect("gone", "title" in shelf.client.get_collection(shelf.name).payload_schema, False)


def searches(shelf):
    """the nearest by each vector under a filter are the nearest of those that match"""
    chance = random.Random(4)
    for using, size in (("text", 8), ("cover", 4)):
        query = [chance.uniform(-1, 1) for _ in range(size)]
        for what, condition, holds in conditions():
            ids = shelf.ids(lambda p, v, id: using in v and holds(p, v, id))
            rows = np.array([shelf.books[id][1][using] for id in ids]).reshape(len(ids), size)
            if using == "text":
                scores = rows @ query / np.linalg.norm(rows, axis=1) / np.linalg.norm(query)
                order = np.argsort(-scores)[:7]
            else:
                scores = np.linalg.norm(rows - np.array(query), axis=1)
                order = np.argsort(scores)[:7]
            hits = shelf.client.query_points(shelf.name, query=query, using=using, limit=7, query_filter=models.Filter(must=[condition])).points
            expect(f"{what}: nearest by {using}", [hit.id for hit in hits], [ids[i] for i in order])
            if any(abs(hit.score - scores[i]) > SCORE * 10 for hit, i in zip(hits, order)):
                raise Difference(f"{what}: scores by {using}")


def orders(shelf):
    """scroll by a field's values, both ways, from a value on"""
    by_year = sorted(shelf.books, key=lambda id: (shelf.books[id][0]["year"], id))
    page, after = shelf.client.scroll(shelf.name, limit=40, order_by="year")
    expect("oldest first", [p.payload["year"] for p in page], [shelf.books[id][0]["year"] for id in by_year[:40]])
    expect("order values", [p.order_value for p in page], [p.payload["year"] for p in page])
    expect("no offset", after, None)
    start = models.OrderBy(key="price", direction=models.Direction.DESC, start_from=20.0)
    page, _ = shelf.client.scroll(shelf.name, limit=1000, order_by=start)
    wanted = sorted((p["price"] for p, _ in shelf.books.values() if p.get("price", 99) <= 20), reverse=True)
    expect("dearest first, from 20 down", [p.payload["price"] for p in page], wanted)
    late = models.OrderBy(key="published", start_from=datetime.datetime(2010, 1, 1, tzinfo=datetime.timezone.utc))
    page, _ = shelf.client.scroll(shelf.name, limit=1000, order_by=late, scroll_filter=models.Filter(must=[field("kind", match=models.MatchValue(value="novel"))]))
    wanted = sorted(p["published"] for p, _ in shelf.books.values() if p["published"] >= "2010" and p["kind"] == "novel")
    expect("by time, filtered", [p.payload["published"] for p in page], wanted)
    expect_error("no index", 400, "No range index for `order_by` key: `isbn`", shelf.client.scroll, shelf.name, order_by="isbn")


def facets(shelf):
    """how often each value occurs, most first"""
    counts = {}
    for payload, _ in shelf.books.values():
        for tag in set(payload["tags"]):
            counts[tag] = counts.get(tag, 0) + 1
    wanted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    hits = shelf.client.facet(shelf.name, key="tags", limit=100, exact=True).hits
    expect("tags", [(hit.value, hit.count) for hit in hits], wanted)
    only = models.Filter(must=[field("year", range=models.Range(gte=2000))])
    hits = shelf.client.facet(shelf.name, key='"in print"', facet_filter=only).hits
    later = [p["in print"] for p, _ in shelf.books.values() if p["year"] >= 2000]
    expect("booleans, filtered", {hit.value: hit.count for hit in hits}, {True: later.count(True), False: later.count(False)})
    expect_error("no index", 400, "No appropriate index for faceting: `price`", shelf.client.facet, shelf.name, key="price")


def changes_payloads(shelf):
    """set, set inside, overwrite, delete keys, clear; by ids and by filter"""
    name, client = shelf.name, shelf.client
    client.set_payload(name, {"sale": True, "price": 1.5, "note": None}, points=[1, 2, 7])
    for id in (1, 2, 7):
        shelf.books[id][0].update(sale=True, price=1.5)
        shelf.books[id][0].pop("note", None)
    client.set_payload(name, {"floor": 2}, points=[3], key="shop.shelf")
    shelf.books[3][0]["shop"]["shelf"] = {"floor": 2}
    poetry = models.Filter(must=[field("kind", match=models.MatchValue(value="poetry"))])
    client.set_payload(name, {"year": 1900}, points=poetry)
    for payload, _ in shelf.books.values():
        if payload["kind"] == "poetry":
            payload["year"] = 1900
    client.overwrite_payload(name, {"kind": "travel", "year": 1, "published": "2001-01-01", "tags": [], "in print": False,
                                    "title": "x", "shop": {"city": "Lagos", "at": {"lon": 3.4, "lat": 6.45}}, "reviews": []}, points=[10])
    shelf.books[10] = ({"kind": "travel", "year": 1, "published": "2001-01-01", "tags": [], "in print": False, "title": "x",
                        "shop": {"city": "Lagos", "at": {"lon": 3.4, "lat": 6.45}}, "reviews": []}, shelf.books[10][1])
    client.delete_payload(name, keys=["isbn", "shop.shelf"], points=[3, 4])
    for id in (3, 4):
        shelf.books[id][0].pop("isbn")
        shelf.books[id][0]["shop"].pop("shelf", None)
    shelf.expect_books("changed", [1, 2, 3, 4, 7, 10, *shelf.ids(lambda p, v, id: p["year"] == 1900)[:5]])
    shelf.expect_filter("indexes follow", field("year", match=models.MatchValue(value=1900)), lambda p, v, id: p["year"] == 1900)
    client.clear_payload(name, points_selector=[5])
    expect("cleared", client.retrieve(name, [5], with_payload=True)[0].payload, {})
    client.overwrite_payload(name, shelf.books[5][0], points=[5])
    shelf.expect_books("put back", [5])
    expect_error("an unknown point", 404, "No point with id 4242 found", client.set_payload, name, {"a": 1}, points=[1, 4242])
    shelf.books[1][0]["a"] = 1
    shelf.expect_books("the others were changed", [1])


def changes_vectors(shelf):
    """update one vector of a point, delete another, leave the payload alone"""
    name, client = shelf.name, shelf.client
    client.update_vectors(name, [models.PointVectors(id=5, vector={"cover": [9.0, 8.0, 7.0, 6.0]})])
    shelf.books[5][1]["cover"] = [9.0, 8.0, 7.0, 6.0]
    client.delete_vectors(name, vectors=["cover"], points=[6])
    shelf.books[6][1].pop("cover")
    shelf.expect_books("vectors", [5, 6])
    hit = client.query_points(name, query=[9.0, 8.0, 7.0, 6.0], using="cover", limit=1).points[0]
    expect("found by its new vector", (hit.id, hit.score), (5, 0.0))
    shelf.expect_filter("has a cover", models.HasVectorCondition(has_vector="cover"), lambda p, v, id: "cover" in v)
    expect_error("an unknown name", 400, "Not existing vector name error: spine", client.update_vectors, name,
                 [models.PointVectors(id=5, vector={"spine": [1.0]})])


def changes_in_batches(shelf):
    """many changes in one request, in order"""
    name, client = shelf.name, shelf.client
    payload, vectors = make_book(random.Random(5), 501)
    results = client.batch_update_points(name, update_operations=[
        models.UpsertOperation(upsert=models.PointsList(points=[models.PointStruct(id=501, vector=vectors, payload={})])),
        models.OverwritePayloadOperation(overwrite_payload=models.SetPayload(payload=payload, points=[501])),
        models.SetPayloadOperation(set_payload=models.SetPayload(payload={"year": 2024}, points=[501])),
        models.DeletePayloadOperation(delete_payload=models.DeletePayload(keys=["isbn"], points=[501])),
        models.UpdateVectorsOperation(update_vectors=models.UpdateVectors(points=[models.PointVectors(id=501, vector={"cover": [1.0, 1.0, 1.0, 1.0]})])),
        models.DeleteOperation(delete=models.PointIdsList(points=[300])),
    ])
    expect("results", [r.status for r in results], [models.UpdateStatus.COMPLETED] * 6)
    del payload["isbn"]
    shelf.books[501] = (payload | {"year": 2024}, vectors | {"cover": [1.0, 1.0, 1.0, 1.0]})
    del shelf.books[300]
    shelf.expect_books("batch", [501, 300])


def deletes(shelf):
    """books go by a filter"""
    cheap = field("price", range=models.Range(lt=5.0))
    shelf.client.delete(shelf.name, points_selector=models.FilterSelector(filter=models.Filter(must=[cheap])), wait=True)
    for id in shelf.ids(lambda p, v, id: p.get("price", 99) < 5):
        del shelf.books[id]
    expect("what is left", shelf.scroll_all(), sorted(shelf.books))


def aliases(shelf):
    """readers are moved from one collection to another in one step"""
    client, alias, other = shelf.client, shelf.name + "-now", shelf.name + "-next"
    make = lambda to, name: models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=to, alias_name=name))
    drop = lambda name: models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=name))
    client.create_collection(other, vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT))
    client.upsert(other, [models.PointStruct(id=1, vector=[1.0, 2.0], payload={})])
    client.update_collection_aliases(change_aliases_operations=[make(shelf.name, alias)])
    expect("read by alias", client.count(alias).count, len(shelf.books))
    expect("exists by alias", client.collection_exists(alias), True)
    client.update_collection_aliases(change_aliases_operations=[drop(alias), make(other, alias)])
    expect("moved", client.count(alias).count, 1)
    told = [(a.alias_name, a.collection_name) for a in client.get_aliases().aliases if a.alias_name == alias]
    expect("told", told, [(alias, other)])
    expect("of the other", [a.alias_name for a in client.get_collection_aliases(other).aliases], [alias])
    rename = models.RenameAliasOperation(rename_alias=models.RenameAlias(old_alias_name=alias, new_alias_name=alias + "2"))
    client.update_collection_aliases(change_aliases_operations=[rename])
    expect_error("the old name", 404, f"Collection `{alias}` doesn't exist!", client.count, alias)
    expect("the new name", client.count(alias + "2").count, 1)
    expect_error("all or nothing", 404, "", client.update_collection_aliases, change_aliases_operations=[drop(alias + "2"), make("nowhere-" + alias, alias)])
    expect("nothing", client.count(alias + "2").count, 1)
    expect_error("a taken name", 400, f"Alias with the same name already exists", client.create_collection, alias + "2",
                 vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT))
    client.delete_collection(other)
    expect("an alias goes with its collection", client.collection_exists(alias + "2"), False)


def updates_collection(shelf):
    """parameters of a live collection are changed and told"""
    changed = shelf.client.update_collection(shelf.name, optimizers_config=models.OptimizersConfigDiff(indexing_threshold=12345),
                                             hnsw_config=models.HnswConfigDiff(ef_construct=123))
    expect("update", changed, True)
    config = shelf.client.get_collection(shelf.name).config
    expect("told", (config.optimizer_config.indexing_threshold, config.hnsw_config.ef_construct, config.hnsw_config.m), (12345, 123, 16))


def refuses(shelf):
    """what is wrong is told in Qdrant's words"""
    name, client = shelf.name, shelf.client
    expect_error("no `using`", 400, "Collection requires specified vector name in the request", client.query_points, name, query=[1.0] * 8)
    expect_error("unknown `using`", 400, "Vector with name `spine` is not configured", client.query_points, name, query=[1.0] * 8, using="spine")
    expect_error("length", 400, "Vector dimension error: expected dim: 4, got 3", client.upsert, name,
                 [models.PointStruct(id=1, vector={"cover": [1.0, 2.0, 3.0]}, payload={})])
    expect_error("unknown name", 400, "Not existing vector name error: spine", client.upsert, name,
                 [models.PointStruct(id=1, vector={"spine": [1.0]}, payload={})])
    expect_error("no points", 400, "Empty update request", client.set_payload, name, {"a": 1}, points=[])
    expect_error("an alias of nothing", 404, "Alias nothing-x does not exists!", client.update_collection_aliases, change_aliases_operations=[
        models.RenameAliasOperation(rename_alias=models.RenameAlias(old_alias_name="nothing-x", new_alias_name="y"))])
    shelf.expect_books("nothing of it was done", list(shelf.books)[:10])


STEPS = [
    creates, stocks, filters, indexes, matches_text, searches, orders, facets, changes_payloads,
    changes_vectors, changes_in_batches, deletes, aliases, updates_collection, refuses,
]


if __name__ == "__main__":
    sys.exit(walk(Shelf, STEPS))
