"""Turns at the routes that change points, and that read them one by one or page by page."""
from attack_model import Point, canonical, elements, is_id, value_at
from attack_run import expect, route
from attack_words import id_forms, path_of

WAIT = "wait=true"
PAGES = 60


# ---- writing ----

def wire_vectors(turn, collection, vectors):
    """As a member of a point."""
    if turn.native:
        return {"vector": vectors[""]} if list(vectors) == [""] and turn.chance.random() < 0.5 else {"vectors": vectors}
    return {"vector": vectors[""] if list(vectors) == [""] and collection.is_plain else vectors}


def new_points(turn, collection):
    ids = turn.any_ids(collection, 6, 0.3)
    return [(id, turn.vectors(collection), turn.payload()) for id in ids]


def wire_points(turn, collection, points):
    return [{"id": id_forms(id, turn.chance), "payload": payload} | wire_vectors(turn, collection, vectors) for id, vectors, payload in points]


def put(collection, points):
    for id, vectors, payload in points:
        collection.points[canonical(id)] = Point(vectors, payload)


def check_change(turn, result):
    expect(result["status"] == "completed", "completed", result)


def change(turn, collection, body, missing, apply):
    """A change of points by ids or by a filter; of those that are not there it says so, after the others."""
    answer = turn.ask(body, "" if turn.native else WAIT)
    turn.there(answer)
    apply()
    if missing:
        turn.wrong(answer, 404, "No point with id")
    check_change(turn, turn.good(answer))


@route("PUT /collections/{collection}/points", "PUT /v1/collections/{collection}/points")
def upsert(turn):
    collection = turn.pick()
    points = new_points(turn, collection)
    body = {"points": wire_points(turn, collection, points)}
    if not turn.native and collection.is_plain and turn.chance.random() < 0.3:
        points = [(id, {"": turn.vector()}, payload) for id, _, payload in points]
        body = {"batch": {"ids": [id for id, _, _ in points], "vectors": [vectors[""] for _, vectors, _ in points],
                          "payloads": [payload for _, _, payload in points]}}
    check_change(turn, turn.reach(body, "" if turn.native else WAIT))
    put(collection, points)


def selector(turn, collection, is_there=0.8):
    """Members that select points, and the ids that they select."""
    if turn.chance.random() < 0.5:
        filter_ = turn.filter(collection, True)
        return {"filter": filter_}, collection.matching(filter_)
    ids = turn.any_ids(collection, 4, is_there)
    return {"ids" if turn.native else "points": [id_forms(id, turn.chance) for id in ids]}, list(map(canonical, ids))


def split(collection, ids):
    there = [id for id in ids if id in collection.points]
    return there, len(there) < len(ids)


@route("POST /collections/{collection}/points/delete", "POST /v1/collections/{collection}/points/delete")
def delete(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection, 0.4)

    def apply():
        for id in ids:
            collection.points.pop(id, None)

    change(turn, collection, body, False, apply)


def merge(point, payload):
    for key, value in payload.items():
        if value is None:
            point.payload.pop(key, None)
        else:
            point.payload[key] = value


@route("POST /collections/{collection}/points/payload", "POST /v1/collections/{collection}/points/payload")
def set_payload(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection)
    payload = turn.payload() | ({turn.chance.choice(turn.attack.payload_keys): None} if turn.chance.random() < 0.3 else {})
    there, missing = split(collection, ids)
    change(turn, collection, body | {"payload": payload}, missing, lambda: [merge(collection.points[id], payload) for id in there])


@route("PUT /collections/{collection}/points/payload", "PUT /v1/collections/{collection}/points/payload")
def overwrite_payload(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection)
    payload = turn.payload()
    there, missing = split(collection, ids)

    def apply():
        for id in there:
            collection.points[id].payload = dict(payload)

    change(turn, collection, body | {"payload": payload}, missing, apply)


@route("POST /collections/{collection}/points/payload/delete", "POST /v1/collections/{collection}/points/payload/delete")
def delete_payload(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection)
    keys = turn.some(turn.attack.payload_keys)
    there, missing = split(collection, ids)

    def apply():
        for id in there:
            for key in keys:
                collection.points[id].payload.pop(key, None)

    change(turn, collection, body | {"keys": list(map(path_of, keys))}, missing, apply)


@route("POST /collections/{collection}/points/payload/clear", "POST /v1/collections/{collection}/points/payload/clear")
def clear_payload(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection)
    there, missing = split(collection, ids)

    def apply():
        for id in there:
            collection.points[id].payload = {}

    change(turn, collection, body, missing, apply)


@route("PUT /collections/{collection}/points/vectors", "PUT /v1/collections/{collection}/points/vectors")
def update_vectors(turn):
    collection = turn.pick()
    ids = turn.any_ids(collection, 3, 0.9)
    vectors = {id: {name: turn.vector() for name in turn.some(collection.vectors)} for id in ids}
    there, missing = split(collection, list(map(canonical, ids)))
    body = {"points": [{"id": id_forms(id, turn.chance)} | wire_vectors(turn, collection, vectors[id]) for id in ids]}

    def apply():
        for id in ids:
            if canonical(id) in there:
                collection.points[canonical(id)].vectors.update(vectors[id])

    change(turn, collection, body, missing, apply)


@route("POST /collections/{collection}/points/vectors/delete", "POST /v1/collections/{collection}/points/vectors/delete")
def delete_vectors(turn):
    collection = turn.pick()
    body, ids = selector(turn, collection)
    names = turn.some(collection.vectors)
    there, _ = split(collection, ids)

    def apply():
        for id in there:
            for name in names:
                collection.points[id].vectors.pop(name, None)

    change(turn, collection, body | {"vectors" if turn.native else "vector": names}, False, apply)


@route("POST /collections/{collection}/points/batch", "POST /v1/collections/{collection}/points/batch")
def batch(turn):
    collection = turn.pick()
    points = new_points(turn, collection)
    gone = turn.any_ids(collection, 3)
    changed = points[0][0]
    payload = turn.payload()
    ids = "ids" if turn.native else "points"
    operations = [{"upsert": {"points": wire_points(turn, collection, points)}}, {"overwrite_payload": {"payload": payload, ids: [changed]}},
                  {"delete": {ids: gone}}]
    result = turn.reach({"operations": operations}, "" if turn.native else WAIT)
    done = result["operations"] if turn.native else result
    expect(len(done) == 3 and all(one["status"] == "completed" for one in done), "all done", done)
    put(collection, points)
    collection.points[canonical(changed)].payload = payload
    for id in gone:
        collection.points.pop(canonical(id), None)


# ---- reading ----

def told_vectors(turn, record):
    """Vectors by their names, in either API's form."""
    if turn.native and "vectors" in record:
        return record["vectors"]
    told = record.get("vector")
    return told if isinstance(told, dict) else {"": told} if told is not None else {}


def check_record(turn, record, collection, payload=True, vector=False):
    expect(record["id"] in collection.points, "a point of somebody else", record)
    point = collection.points[record["id"]]
    expect(record.get("payload") == (point.payload if payload else None), "payload", record, point.payload)
    expect(told_vectors(turn, record) == (point.vectors if vector else {}), "vectors", record, point.vectors)


def records(turn, collection, found, ids, vector):
    expect([one["id"] for one in found] == ids, "ids", [one["id"] for one in found], ids)
    for one in found:
        check_record(turn, one, collection, True, vector)


@route("GET /collections/{collection}/points/{id}", "GET /v1/collections/{collection}/points/{id}")
def one_point(turn):
    collection = turn.pick()
    id = turn.any_id(collection)
    answer = turn.ask(id=id)
    if id == "..":
        turn.wrong(answer, 400)
    turn.there(answer)
    if canonical(id) not in collection.points:
        turn.wrong(answer, 404, f"Point with id {canonical(id)} does")
    record = turn.good(answer)
    expect(record["id"] == canonical(id), "id", record)
    check_record(turn, record, collection, True, True)


@route("POST /collections/{collection}/points", "POST /v1/collections/{collection}/points/get")
def points(turn):
    collection = turn.pick()
    ids = turn.any_ids(collection, 8)
    vector = turn.chance.random() < 0.5
    result = turn.reach({"ids": [id_forms(id, turn.chance) for id in ids], "with_payload": True, "with_vector": vector})
    found = result["points"] if turn.native else result
    records(turn, collection, found, [id for id in dict.fromkeys(map(canonical, ids)) if id in collection.points], vector)


@route("POST /collections/{collection}/points/count", "POST /v1/collections/{collection}/points/count")
def count(turn):
    collection = turn.pick()
    filter_ = turn.filter(collection)
    counted = turn.reach({"filter": filter_, "exact": True})["count"]
    expect(counted == len(collection.matching(filter_)), "count", counted, collection.matching(filter_))


def ordered(turn, collection, filter_, body):
    """By the values of `n`, which a point may have several of."""
    falling = turn.chance.random() < 0.5
    order = {"key": "n", "direction": "desc" if falling else "asc"}
    answer = turn.ask(body | {"order_by": order, "limit": 100})
    turn.there(answer)
    if "n" not in collection.fields:
        turn.wrong(answer, 400, "n")
    found = turn.good(answer)["points"]
    expected = sorted((value for id in collection.matching(filter_) for value in elements(value_at(collection.points[id].payload, "n"))), reverse=falling)
    expect([one["order_value"] for one in found] == expected, "order", found, expected)
    for one in found:
        check_record(turn, one, collection)


@route("POST /collections/{collection}/points/scroll", "POST /v1/collections/{collection}/points/scroll")
def scroll(turn):
    """To the end, page by page: the order is not looked at, which where tenants share an object is none that shows."""
    collection = turn.pick()
    filter_, vector = turn.filter(collection), turn.chance.random() < 0.3
    body = {"filter": filter_, "with_payload": True, "with_vector": False}
    if turn.chance.random() < 0.2:
        ordered(turn, collection, filter_, body)
        return
    given, next_ = ("from", "next") if turn.native else ("offset", "next_page_offset")
    body |= {"with_vector": vector, "limit": turn.chance.randint(1, 12)}
    found = []
    for _ in range(PAGES):
        page = turn.reach(body)
        expect(len(page["points"]) <= body["limit"], "a page", page)
        found += page["points"]
        if page[next_] is None:
            break
        body[given] = page[next_]
    ids = [one["id"] for one in found]
    expect(sorted(map(str, ids)) == sorted(map(str, collection.matching(filter_))), "scrolled", ids, collection.matching(filter_))
    for one in found:
        check_record(turn, one, collection, True, vector)


@route("POST /collections/{collection}/facet", "POST /v1/collections/{collection}/facets")
def facet(turn):
    collection = turn.pick()
    filter_, key = turn.filter(collection), turn.chance.choice(["tag", "n"])
    answer = turn.ask({"key": key, "filter": filter_, "limit": 1000, "exact": True})
    turn.there(answer)
    if key not in collection.fields:
        turn.wrong(answer, 400, key)
    counts = {}
    for id in collection.matching(filter_):
        for value in set(elements(value_at(collection.points[id].payload, key))):
            counts[value] = counts.get(value, 0) + 1
    hits = [(one["value"], one["count"]) for one in turn.good(answer)["hits"]]
    expect(dict(hits) == counts and len(hits) == len(counts), "facet", hits, counts)
    expect([count for _, count in hits] == sorted(counts.values(), reverse=True), "most first", hits)


# ---- searching ----

def near(a, b):
    return abs(a - b) <= 1e-4 * max(1, abs(a), abs(b))


def check_hits(turn, hits, collection, scored, limit):
    wanted = sorted(scored.values(), reverse=True)[:limit]
    told = [(one["id"], one["score"]) for one in hits]
    expect(len(told) == len(wanted) and len({id for id, _ in told}) == len(told), "hits", told, scored)
    for (id, score), there in zip(told, wanted, strict=True):
        expect(id in scored and near(score, there) and near(scored[id], score), "ranking", told, scored)
    for one in hits:
        check_record(turn, one, collection)


def lookup_of(turn, group, collection, away):
    record = group.get("lookup")
    wanted = canonical(group["id"]) if away is not None and is_id(group["id"]) else None
    if away is None or wanted not in away.points:
        expect(record is None, "looked up", group)
    else:
        expect(record is not None and record["id"] == wanted, "looked up", group)
        check_record(turn, record, away)
