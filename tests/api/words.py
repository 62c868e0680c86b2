#!/usr/bin/env python3
"""One real program for Qdrant's official Python client, run unchanged against whatever speaks its API.

    words.py [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333

It stores 2 000 word vectors, asks for them in every way a daily user would, and holds each answer
against the exact one, found here by brute force in double precision. Every step prints a line; the
first difference ends the program with status 1. Runs on qdrant-client 1.14.3 and on the newest alike:
what only the older one has (`search`) is used where it is there.
"""
import contextlib
import http.client
import json
import os
import pathlib
import sys
import urllib.parse
import warnings
from dataclasses import dataclass, field

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse
from walk import connect, name_of

WORDS = pathlib.Path(__file__).resolve().parent.parent / "data" / "words-2000.jsonl"
DIMENSIONS = 100
SCORE = 1e-5  # how far a score may be from the exact one
TIE = 1e-6  # two exact scores as near as this may change places: float32 cannot tell them apart

BIG_IDS = [2**53 + 1, 2**63, 2**64 - 1]  # the first is no double, the second no signed integer
UUIDS = [  # as sent, as it must come back
    ("c0ffee00-0000-4000-8000-000000000001", "c0ffee00-0000-4000-8000-000000000001"),
    ("0BADCAFE-0000-4000-8000-000000000002", "0badcafe-0000-4000-8000-000000000002"),
    ("7e57ab1e000040008000000000000003", "7e57ab1e-0000-4000-8000-000000000003"),
    ("urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
]


class Difference(Exception):
    """An answer is not what it should be."""


def expect(what, got, wanted):
    if got != wanted:
        raise Difference(f"{what}\n  got      {got!r}\n  expected {wanted!r}")


@dataclass
class Run:
    """The program's state: where it talks to, and what must be in the collection now."""

    client: QdrantClient
    address: str  # host:port, for what the client library would refuse to send
    name: str
    words: list  # as in the file: {"id", "payload", "vector"}
    vectors: dict = field(default_factory=dict)  # id -> the vector stored, of length 1
    last_operation: int = -1

    def __post_init__(self):
        self.id_of = {point["payload"]["word"]: point["id"] for point in self.words}

    def vector(self, word):
        return self.words[self.id_of[word] - 1]["vector"]

    def stores(self, id, vector):
        vector = np.array(vector, dtype=np.float64)
        self.vectors[id] = vector / np.linalg.norm(vector)

    def nearest(self, vector, limit, offset=0, without=None):
        """The exact answer: (id, score), best first."""
        vector = np.array(vector, dtype=np.float64)
        ids = [id for id in self.vectors if id != without]
        scores = np.array([self.vectors[id] for id in ids]) @ (vector / np.linalg.norm(vector))
        order = np.argsort(-scores, kind="stable")[offset : offset + limit]
        return [(ids[i], float(scores[i])) for i in order]

    def score(self, id, vector):
        return float(self.vectors[id] @ np.array(vector) / np.linalg.norm(vector))

    def wrote(self, result, status=models.UpdateStatus.COMPLETED):
        """Checks the answer to a write: its status, and that operations are numbered upwards."""
        expect("status of the write", result.status, status)
        if result.operation_id <= self.last_operation:
            raise Difference(f"operation {result.operation_id} came after {self.last_operation}")
        self.last_operation = result.operation_id

    def raw(self, method, path, body=None):
        """One request past the client library: (HTTP status, decoded body)."""
        host = http.client.HTTPConnection(self.address, timeout=30)
        body = body if body is None or isinstance(body, str) else json.dumps(body)
        key = os.environ.get("VECGATE_API_KEY")
        host.request(method, path, body, {"Content-Type": "application/json"} | ({"api-key": key} if key else {}))
        answer = host.getresponse()
        text = answer.read()
        host.close()
        return answer.status, json.loads(text) if text else None


def expect_hits(run, what, hits, vector, limit, offset=0, without=None):
    """Holds scored points against the exact answer; ids may differ only where scores tie."""
    wanted = run.nearest(vector, limit, offset, without)
    got = [hit.id for hit in hits]
    if len(got) != len(set(got)) or len(got) != len(wanted) or not set(got) <= set(run.vectors):
        raise Difference(f"{what}\n  got      {got}\n  expected {[id for id, _ in wanted]}")
    for place, (hit, (id, score)) in enumerate(zip(hits, wanted)):
        true_score = run.score(hit.id, vector)
        if hit.id == without or (hit.id != id and abs(true_score - score) > TIE):
            raise Difference(f"{what}: place {place} has point {hit.id}, expected {id}")
        if abs(hit.score - true_score) > SCORE:
            raise Difference(f"{what}: point {hit.id} scores {hit.score}, expected {true_score}")


def expect_payload(what, got, wanted):
    expect(f"payload of {what}", got, wanted)
    # As text also: the keys in the order given, 1 not become 1.0 nor the reverse.
    expect(f"text of the payload of {what}", json.dumps(got), json.dumps(wanted))


def expect_vector(what, got, wanted):
    if got is None or len(got) != DIMENSIONS or not np.allclose(got, wanted, rtol=0, atol=TIE):
        raise Difference(f"vector of {what}\n  got      {got}\n  expected {list(wanted)}")


def expect_error(what, status, text, call, *arguments, **named):
    """`text` is the whole message, or a list: what it begins with, then what it must also hold."""
    try:
        answer = call(*arguments, **named)
    except UnexpectedResponse as error:
        return expect_text(what, (error.status_code, error.structured()), status, text)
    raise Difference(f"{what}: expected {status} {text!r}, was answered {answer!r}")


def expect_text(what, answer, status, text):
    got_status, body = answer
    message = body["status"]["error"] if body and "error" in body["status"] else None
    if isinstance(text, list) and message and message.startswith(text[0]):
        text = message if all(part in message for part in text[1:]) else text
    expect(what, (got_status, message), (status, text))
    expect(f"{what}: members of the envelope", sorted(body), ["status", "time"])


# The steps, in the order they run. A step's docstring is what it prints.


def greets(run):
    """the server says who it is"""
    info = run.client.info()
    expect("title", info.title, "qdrant - vector search engine")
    expect("parts of the version", len(info.version.split("-")[0].split(".")), 3)


def creates(run):
    """a collection is created, exists, is listed, and describes itself"""
    expect("exists before", run.client.collection_exists(run.name), False)
    params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
    expect("create", run.client.create_collection(run.name, vectors_config=params), True)
    expect("exists", run.client.collection_exists(run.name), True)
    listed = [collection.name for collection in run.client.get_collections().collections]
    expect("times listed", listed.count(run.name), 1)
    info = run.client.get_collection(run.name)
    expect("status", info.status, models.CollectionStatus.GREEN)
    expect("points at first", info.points_count, 0)
    expect("size", info.config.params.vectors.size, DIMENSIONS)
    expect("distance", info.config.params.vectors.distance, models.Distance.COSINE)


def upserts(run):
    """2 000 words are upserted: 1 000 as a list of points, 1 000 as columns; then all are counted"""
    for start in range(0, len(run.words), 250):
        part = run.words[start : start + 250]
        if start < 1000:
            points = [models.PointStruct(**point) for point in part]
        else:
            points = models.Batch(
                ids=[point["id"] for point in part],
                vectors=[point["vector"] for point in part],
                payloads=[point["payload"] for point in part],
            )
        run.wrote(run.client.upsert(run.name, points, wait=True))
        for point in part:
            run.stores(point["id"], point["vector"])
    expect("count", run.client.count(run.name).count, len(run.words))
    expect("count, inexact", run.client.count(run.name, exact=False).count, len(run.words))
    expect("points in info", run.client.get_collection(run.name).points_count, len(run.words))


def queries_by_vector(run):
    """the ten nearest to a vector are the exact ten"""
    for word in ["king", "paris", "cat", "monday", "red", "war"]:
        vector = run.vector(word)
        hits = run.client.query_points(run.name, query=vector, limit=10).points
        expect("the nearest of all", hits[0].id, run.id_of[word])
        expect_hits(run, f"nearest to {word}", hits, vector, 10)
        for hit in hits:
            expect_payload(f"hit {hit.id}", hit.payload, run.words[hit.id - 1]["payload"])
            expect("vector that was not asked for", hit.vector, None)
    king, man, woman = (np.array(run.vector(word)) for word in ["king", "man", "woman"])
    hits = run.client.query_points(run.name, query=(king - man + woman).tolist(), limit=5).points
    expect_hits(run, "king - man + woman", hits, king - man + woman, 5)
    expect("king - man + woman", hits[1].payload["word"], "queen")
    everything = run.client.query_points(run.name, query=king, limit=5000, with_payload=False)
    expect_hits(run, "all there are", everything.points, king, 5000)


def queries_by_id(run):
    """the nearest to a stored point leave that point out"""
    for word in ["queen", "france", "dog"]:
        id = run.id_of[word]
        hits = run.client.query_points(run.name, query=id, limit=10).points
        expect_hits(run, f"nearest to point {id}", hits, run.vector(word), 10, without=id)


def queries_in_batches(run):
    """every word is looked for, a hundred queries to a request"""
    for start in range(0, len(run.words), 100):
        part = run.words[start : start + 100]
        requests = [models.QueryRequest(query=point["vector"], limit=10) for point in part]
        answers = run.client.query_batch_points(run.name, requests=requests)
        expect("answers in the batch", len(answers), len(requests))
        for point, answer in zip(part, answers):
            expect_hits(run, f"batched {point['id']}", answer.points, point["vector"], 10)
            expect("payload that was not asked for", answer.points[0].payload, None)
    mixed = [
        models.QueryRequest(query=run.id_of["king"], limit=3, offset=1, with_payload=["word"]),
        models.QueryRequest(query=run.vector("king"), limit=2, with_vector=True),
    ]
    by_id, by_vector = run.client.query_batch_points(run.name, requests=mixed)
    king = run.id_of["king"]
    expect_hits(run, "batched, by id", by_id.points, run.vector("king"), 3, 1, without=king)
    expect_hits(run, "batched, by vector", by_vector.points, run.vector("king"), 2)
    expect_payload("a batched hit", by_vector.points[0].payload or {}, {})
    expect_vector("a batched hit", by_vector.points[0].vector, run.vectors[king])


def searches(run):
    """the older `search` answers the same"""
    vector = run.vector("computer")
    if not hasattr(run.client, "search"):
        body = {"vector": vector, "limit": 10, "offset": 2}
        status, answer = run.raw("POST", f"/collections/{run.name}/points/search", body)
        expect("status of search", status, 200)
        hits = [models.ScoredPoint(**hit) for hit in answer["result"]]
        return expect_hits(run, "search, over plain HTTP", hits, vector, 10, offset=2)
    hits = run.client.search(run.name, vector, limit=10, offset=2)
    expect_hits(run, "search", hits, vector, 10, offset=2)
    requests = [models.SearchRequest(vector=run.vector(word), limit=3) for word in ["tea", "wine"]]
    for word, hits in zip(["tea", "wine"], run.client.search_batch(run.name, requests)):
        expect_hits(run, f"search_batch, {word}", hits, run.vector(word), 3)


def selects(run):
    """with_payload and with_vectors take yes, no, a list, include and exclude"""
    full = run.words[run.id_of["music"] - 1]["payload"]
    rows = [
        (True, full),
        (False, {}),
        (["word"], {"word": "music"}),
        (["initial", "word", "absent"], {"word": "music", "initial": "m"}),
        (models.PayloadSelectorInclude(include=["rank"]), {"rank": full["rank"]}),
        (models.PayloadSelectorExclude(exclude=["rank", "length"]), {"word": "music", "initial": "m"}),
    ]
    for selector, wanted in rows:
        hit = run.client.query_points(
            run.name, query=run.vector("music"), limit=1, with_payload=selector
        ).points[0]
        expect_payload(f"a hit with {selector}", hit.payload or {}, wanted)
        record = run.client.retrieve(run.name, [hit.id], with_payload=selector)[0]
        expect_payload(f"a record with {selector}", record.payload or {}, wanted)
    hit = run.client.query_points(
        run.name, query=run.vector("music"), limit=1, with_vectors=True
    ).points[0]
    expect_vector("a hit", hit.vector, run.vectors[hit.id])


def cuts(run):
    """score_threshold is strict, and offset skips"""
    vector = run.vector("germany")
    ten = run.client.query_points(run.name, query=vector, limit=10).points
    between = (ten[4].score + ten[5].score) / 2
    for threshold, wanted in [(between, 5), (ten[4].score, 4), (-1.0, 10), (1.5, 0)]:
        hits = run.client.query_points(
            run.name, query=vector, limit=10, score_threshold=threshold
        ).points
        expect(f"hits above {threshold}", [hit.id for hit in hits], [hit.id for hit in ten[:wanted]])
    for offset, wanted in [(0, 4), (3, 4), (1998, 2), (5000, 0)]:
        hits = run.client.query_points(run.name, query=vector, limit=4, offset=offset).points
        expect(f"hits past {offset}", len(hits), wanted)
        expect_hits(run, f"nearest past {offset}", hits, vector, 4, offset)


def scrolls(run):
    """scrolling meets every point once, in the order of ids"""
    for limit, wanted in [(77, 26), (500, 4), (1999, 2), (5000, 1)]:
        seen, offset, pages = [], None, 0
        while pages == 0 or (offset is not None and pages < 100):
            page, offset = run.client.scroll(run.name, limit=limit, offset=offset, with_vectors=True)
            for record in page:
                point = run.words[record.id - 1]
                expect_payload(f"record {record.id}", record.payload, point["payload"])
                expect_vector(f"record {record.id}", record.vector, run.vectors[record.id])
            seen += [record.id for record in page]
            pages += 1
        expect(f"ids met by {limit}", seen, sorted(run.vectors))
        expect(f"pages of {limit}", pages, wanted)
    page, offset = run.client.scroll(run.name, limit=2, offset=1500, with_payload=False)
    expect("a page from 1500", [record.id for record in page], [1500, 1501])
    expect("the next page", offset, 1502)
    expect("payload that was not asked for", page[0].payload, None)
    expect("default page", len(run.client.scroll(run.name)[0]), 10)
    expect("past the end", run.client.scroll(run.name, offset=10**9), ([], None))


def retrieves(run):
    """points are read by id: in the order asked, the missing left out"""
    records = run.client.retrieve(run.name, [1999, 5_000_000, 3, 641], with_vectors=True)
    expect("ids read", [record.id for record in records], [1999, 3, 641])
    for record in records:
        expect_payload(f"record {record.id}", record.payload, run.words[record.id - 1]["payload"])
        expect_vector(f"record {record.id}", record.vector, run.vectors[record.id])
    status, answer = run.raw("GET", f"/collections/{run.name}/points/641")
    expect("status of GET", status, 200)
    expect("id of GET", answer["result"]["id"], 641)
    expect_payload("GET", answer["result"]["payload"], run.words[640]["payload"])
    expect_vector("GET", answer["result"]["vector"], run.vectors[641])


def replaces(run):
    """an upsert of a known id replaces the whole point; the last of a repeated id wins"""
    vector = run.vector("banana")
    note = {"text": 'na\u00efve "caf\u00e9" \U0001f600 \\', "big": [2**63 - 1, -(2**63)], "one": [1, 1.0]}
    payload = {"zebra": note, "apple": [None, True, {"": []}, 1e-7]}
    point = models.PointStruct(id=7, vector=vector, payload=payload)
    run.wrote(run.client.upsert(run.name, [point]))
    run.stores(7, vector)
    record = run.client.retrieve(run.name, [7], with_vectors=True)[0]
    expect_payload("the replaced point", record.payload, payload)
    expect_vector("the replaced point", record.vector, run.vectors[7])
    hits = run.client.query_points(run.name, query=vector, limit=5).points
    expect_hits(run, "nearest to the replaced point", hits, vector, 5)
    twice = [
        models.PointStruct(id=7, vector=vector, payload={"wins": False}),
        models.PointStruct(**run.words[6]),
    ]
    run.wrote(run.client.upsert(run.name, twice))
    run.stores(7, run.words[6]["vector"])
    record = run.client.retrieve(run.name, [7])[0]
    expect_payload("the point put back", record.payload, run.words[6]["payload"])
    expect("count", run.client.count(run.name).count, len(run.vectors))


def takes_any_id(run):
    """ids above 2^53 and UUIDs in every spelling keep all their bits and their order"""
    sent = BIG_IDS + [id for id, _ in UUIDS]
    kept = BIG_IDS + [id for _, id in UUIDS]
    vectors = [run.words[100 + i]["vector"] for i in range(len(sent))]
    run.client.upload_points(
        run.name,
        [models.PointStruct(id=id, vector=v, payload={}) for id, v in zip(sent, vectors)],
        batch_size=3,
        wait=True,
    )
    for id, vector in zip(kept, vectors):
        run.stores(id, vector)
    for as_sent, id, vector in zip(sent, kept, vectors):
        record = run.client.retrieve(run.name, [as_sent], with_vectors=True)
        expect("id read", [r.id for r in record], [id])
        expect("empty payload", record[0].payload, {})
        expect_vector(f"point {id}", record[0].vector, run.vectors[id])
        hits = run.client.query_points(run.name, query=as_sent, limit=5).points
        expect_hits(run, f"nearest to point {id}", hits, vector, 5, without=id)
    page, offset = run.client.scroll(run.name, limit=100, offset=2001, with_payload=False)
    expect("order", [r.id for r in page], sorted(BIG_IDS) + sorted(id for _, id in UUIDS))
    expect("the end", offset, None)


def deletes(run):
    """points are deleted by id; ids that are not there do no harm"""
    gone = [1, 2, 2000, 999_999, BIG_IDS[2], UUIDS[0][0]]
    run.wrote(run.client.delete(run.name, models.PointIdsList(points=gone), wait=True))
    for id in [1, 2, 2000, BIG_IDS[2], UUIDS[0][1]]:
        del run.vectors[id]
    expect("read after delete", run.client.retrieve(run.name, gone), [])
    expect("count", run.client.count(run.name).count, len(run.vectors))
    for point in (run.words[0], run.words[1999]):
        hits = run.client.query_points(run.name, query=point["vector"], limit=5).points
        expect_hits(run, "nearest to a deleted point", hits, point["vector"], 5)
    expect("first left", run.client.scroll(run.name, limit=1)[0][0].id, 3)
    result = run.client.delete(run.name, models.PointIdsList(points=[3]), wait=False)
    run.wrote(result, models.UpdateStatus.ACKNOWLEDGED)


def refuses_unknown_names(run):
    """what is not there is 404, what is there already is 409"""
    client, missing = run.client, run.name + "-missing"
    vector = run.vector("king")
    text = f"Not found: Collection `{missing}` doesn't exist!"
    point = models.PointStruct(id=1, vector=vector)
    expect_error("info", 404, text, client.get_collection, missing)
    expect_error("upsert", 404, text, client.upsert, missing, [point])
    expect_error("query", 404, text, client.query_points, missing, query=vector)
    expect_error("scroll", 404, text, client.scroll, missing)
    expect_error("count", 404, text, client.count, missing)
    expect_error("retrieve", 404, text, client.retrieve, missing, [1])
    expect_error("delete", 404, text, client.delete, missing, models.PointIdsList(points=[1]))
    expect("delete of a missing collection", client.delete_collection(missing), False)

    text = f"Wrong input: Collection `{run.name}` already exists!"
    params = models.VectorParams(size=4, distance=models.Distance.DOT)
    expect_error("create twice", 409, text, client.create_collection, run.name, params)

    answer = run.raw("GET", f"/collections/{run.name}/points/987654321")
    expect_text("GET", answer, 404, "Not found: Point with id 987654321 does not exists!")
    text = "Not found: No point with id 987654321 found"
    expect_error("query by id", 404, text, client.query_points, run.name, query=987654321)


def refuses_wrong_input(run):
    """what is malformed is 400, what is out of range is 422, and nothing of it is stored"""
    client, count = run.client, run.client.count(run.name).count
    text = "Wrong input: Vector dimension error: expected dim: 100, got 3"
    short = [models.PointStruct(**run.words[5]), models.PointStruct(id=8_000, vector=[1.0, 2.0, 3.0])]
    expect_error("short vector", 400, text, client.upsert, run.name, short)
    expect_error("short query", 400, text, client.query_points, run.name, query=[1.0, 2.0, 3.0])
    expect_error("no points", 400, "Bad request: Empty update request", client.upsert, run.name, [])

    valid = "is not a valid point ID, valid values are either an unsigned integer or a UUID"
    text = ["Format error in JSON body: ", "not-an-id", valid]
    expect_error("wrong id", 400, text, client.retrieve, run.name, ["not-an-id"])
    points = f"/collections/{run.name}/points"
    text = 'Wrong input: Can not recognize "not-an-id" as point id'
    expect_text("wrong id in the path", run.raw("GET", f"{points}/not-an-id"), 400, text)

    for path, body in [("query", {"query": run.vector("king"), "limit": 0}), ("scroll", {"limit": 0})]:
        text = ["Validation error in JSON body: [", "limit: value 0 invalid, must be 1 or larger]"]
        expect_text(f"limit 0 in {path}", run.raw("POST", f"{points}/{path}", body), 422, text)
    broken = run.raw("POST", f"{points}/query", '{"query": [1, 2')
    expect_text("half a body", broken, 400, ["Format error in JSON body: "])
    expect("count after all that", client.count(run.name).count, count)


def applies_or_refuses_a_filter(run):
    """a filter is obeyed, or refused by name; it is never overlooked"""
    condition = {"must": [{"key": "initial", "match": {"value": "k"}}]}
    body = {"query": run.vector("king"), "limit": 3, "filter": condition, "with_payload": True}
    status, answer = run.raw("POST", f"/collections/{run.name}/points/query", body)
    if status == 200:
        initial_k = {point["id"] for point in run.words if point["payload"]["initial"] == "k"}
        nearest = [id for id, _ in run.nearest(run.vector("king"), 3000) if id in initial_k]
        hits = answer["result"]["points"]
        expect("hits under a filter", [hit["id"] for hit in hits], nearest[:3])
    else:
        expect_text("filter", (status, answer), 400, ["Bad request: ", "filter"])


def drops(run):
    """the collection is deleted, once"""
    expect("delete", run.client.delete_collection(run.name), True)
    expect("delete again", run.client.delete_collection(run.name), False)
    expect("exists after", run.client.collection_exists(run.name), False)
    text = f"Not found: Collection `{run.name}` doesn't exist!"
    expect_error("count after", 404, text, run.client.count, run.name)


STEPS = [
    greets, creates, upserts, queries_by_vector, queries_by_id, queries_in_batches, searches,
    selects, cuts, scrolls, retrieves, replaces, takes_any_id, deletes, refuses_unknown_names,
    refuses_wrong_input, applies_or_refuses_a_filter, drops,
]


def read_words():
    with open(WORDS, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main(arguments):
    url = arguments[0] if arguments else os.environ.get("VECGATE_URL", "http://127.0.0.1:6333")
    warnings.filterwarnings("ignore", message="`search.*` method is deprecated")
    client, name = connect(url), name_of("words-py")
    run = Run(client, urllib.parse.urlsplit(url).netloc, name, read_words())
    try:
        for step in STEPS:
            step(run)
            print(f"ok  {step.__doc__}", flush=True)
    except Difference as difference:
        print(f"DIFFERS  {step.__doc__}\n{difference}", file=sys.stderr)
        return 1
    finally:
        with contextlib.suppress(Exception):
            client.delete_collection(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
