"""What may be wrong with a request to Qdrant's API, and what is said then: the table of test_malformed.py.

A row is method, path, body, status and the whole text of the error. `C`, `N` and `E` at the head of a
path stand for a collection of one unnamed vector, one of the named vectors `a` and `b`, and one without
vectors. A body that is a str is sent as it is. `…` in a text stands for anything.
"""
F = "Format error in JSON body: "
R = "Validation error in JSON body: ["
BAD = "Bad request: "
WRONG = "Wrong input: "
QUERY = "Deserialize error in query parameters: "
V = [1, 0, 0, 0]
P = "C/points"
UUID = "550e8400-e29b-41d4-a716-446655440000"

EMPTY = BAD + "Empty update request"
EOF = F + "EOF while parsing a value at line 1 column 0…"
NO_ID = " is not a valid point ID, valid values are either an unsigned integer or a UUID"
NEITHER = F + "…Either list of point ids or filter must be provided…"
NO_SELECTOR = F + "…data did not match any variant of untagged enum PointsSelector…"
NO_TEST = "At least one field condition must be specified]"
LATER = " not supported yet"
GONE = "Not found: Collection `nowhere` doesn't exist!"
ONE_OR_MORE = "value 0 invalid, must be 1 or larger]"
NO_NAME = "Vector with name x is not configured in this collection"
CHOOSE = "Collection requires specified vector name in the request, available names: a, b"
UNKNOWN_NAME = "Vector with name `x` is not configured in this collection, available names: a, b"


def upsert(**point):
    return {"points": [{"id": 9, "vector": V} | point]}


def must(condition):
    return {"filter": {"must": [condition]}}


def field(**tests):
    return must({"key": "k"} | tests)


def square(*points):
    return {"exterior": {"points": [{"lon": x, "lat": y} for x, y in points]}}


def operations(*list_):
    return {"operations": list(list_)}


def quantized(how):
    return {"vectors": {"size": 4, "distance": "Dot"}, "quantization_config": how}


# --- bodies that are no JSON, or no object, on each route that reads one
NOT_A_BODY = {
    f"{says}: {method} {path}": (method, path, body, 400, F + "…")
    for says, body in [("half a body", '{"a":'), ("a list", "[]"), ("null", "null"), ("a text", '"x"'), ("two bodies", "{}{}")]
    for method, path in [
        ("PUT", "/collections/new"),
        ("PATCH", "C"),
        ("POST", "/collections/aliases"),
        ("PUT", "C/index"),
        ("PUT", P),
        ("POST", P),
        ("POST", P + "/delete"),
        ("POST", P + "/payload"),
        ("PUT", P + "/payload"),
        ("POST", P + "/payload/delete"),
        ("POST", P + "/payload/clear"),
        ("PUT", P + "/vectors"),
        ("POST", P + "/vectors/delete"),
        ("POST", P + "/batch"),
        ("POST", P + "/scroll"),
        ("POST", P + "/count"),
        ("POST", P + "/query"),
        ("POST", P + "/query/batch"),
        ("POST", P + "/search"),
        ("POST", P + "/search/batch"),
        ("POST", P + "/query/groups"),
        ("POST", P + "/search/groups"),
        ("POST", P + "/search/matrix/pairs"),
        ("POST", P + "/search/matrix/offsets"),
        ("POST", P + "/recommend"),
        ("POST", P + "/recommend/batch"),
        ("POST", P + "/recommend/groups"),
        ("POST", P + "/discover"),
        ("POST", P + "/discover/batch"),
        ("POST", "C/facet"),
    ]
}

# --- filters: each is sent to count; the places where filters stand are below
FILTERS = {
    "a filter that is a list": ({"filter": []}, 400, F + "filter: …"),
    "a filter that is a text": ({"filter": "x"}, 400, F + "filter: …"),
    "an unknown clause": ({"filter": {"musst": []}}, 400, F + "filter.musst: unknown field `musst`, …"),
    "an unknown clause that is null": ({"filter": {"all": None}}, 400, F + "filter.all: unknown field `all`, …"),
    "a clause twice": ('{"filter":{"must":[],"must":[]}}', 400, F + "filter.must: duplicate field `must`"),
    "a clause that is a number": ({"filter": {"must": 1}}, 400, F + "filter.must: …"),
    "conditions that are numbers": ({"filter": {"should": [1, 2]}}, 400, F + "filter.should: …"),
    "a condition that is null": ({"filter": {"must": [None]}}, 400, F + "filter.must[0]: …"),
    "a condition of no kind": (must({"has_ids": [1]}), 400, F + "filter.must[0].has_ids: unknown field `has_ids`, …"),
    "a condition of two kinds": (must({"key": "k", "match": {"value": 1}, "has_id": [1]}), 400, F + "filter.must[0]: …"),
    "a key alone": (field(), 422, R + "filter.must[0]: " + NO_TEST),
    "a key and a test that is null": (field(match=None), 422, R + "filter.must[0]: " + NO_TEST),
    "a key alone in a nested clause": (
        must({"should": {"must_not": [{"key": "k"}]}}),
        422,
        R + "filter.must[0].should.must_not[0]: " + NO_TEST,
    ),
    "a key that is a number": (must({"key": 1, "match": {"value": 1}}), 400, F + "filter.must[0].key: …"),
    "an empty path": (must({"key": "", "match": {"value": 1}}), 400, F + "filter.must[0].key: Invalid json path: ''"),
    "a path of two dots": (must({"key": "a..b", "match": {"value": 1}}), 400, F + "…Invalid json path: 'a..b'"),
    "a path with a blank": (must({"key": "a b", "match": {"value": 1}}), 400, F + "…Invalid json path: 'a b'"),
    "a path with an open bracket": (must({"is_empty": {"key": "a["}}), 400, F + "…Invalid json path: 'a['"),
    "a path with a text as index": (must({"is_null": {"key": "a[x]"}}), 400, F + "…Invalid json path: 'a[x]'"),
    "a path with an open quote": (must({"key": '"a', "match": {"value": 1}}), 400, F + "…Invalid json path: '\"a'"),
    "match of nothing": (field(match={}), 400, F + "filter.must[0].match: …"),
    "match that is a text": (field(match="x"), 400, F + "filter.must[0].match: …"),
    "match in two forms": (field(match={"value": 1, "any": [1]}), 400, F + "filter.must[0].match: …"),
    "match of a real number": (field(match={"value": 1.5}), 400, F + "filter.must[0].match.value: …"),
    "match of a whole real number": (field(match={"value": 1.0}), 400, F + "filter.must[0].match.value: …"),
    "match of an integer too large": (field(match={"value": 2**63}), 400, F + "filter.must[0].match.value: …"),
    "match of a list": (field(match={"value": [1]}), 400, F + "filter.must[0].match.value: …"),
    "match of null": (field(match={"value": None}), 400, F + "filter.must[0].match: …"),
    "match any of both kinds": (field(match={"any": ["x", 1]}), 400, F + "filter.must[0].match.any…"),
    "match any of real numbers": (field(match={"any": [1, 1.5]}), 400, F + "filter.must[0].match.any: …"),
    "match any of booleans": (field(match={"any": [True]}), 400, F + "filter.must[0].match.any[0]: …"),
    "match any of one text": (field(match={"any": "x"}), 400, F + "filter.must[0].match.any: …"),
    "match except a number": (field(match={"except": 1}), 400, F + "filter.must[0].match.except: …"),
    "match a text that is a number": (field(match={"text": 1}), 400, F + "filter.must[0].match.text: …"),
    "match a phrase that is a list": (field(match={"phrase": ["x"]}), 400, F + "filter.must[0].match.phrase: …"),
    "match any word": (field(match={"text_any": "x"}), 400, BAD + "`filter.must[0].match.text_any`: …" + LATER),
    "match a prefix": (field(match={"prefix": "x"}), 400, BAD + "`filter.must[0].match.prefix`: …" + LATER),
    "match a part": (field(match={"substring": "x"}), 400, BAD + "`filter.must[0].match.substring`: …" + LATER),
    "a slice": (must({"slice": {"total": 2, "index": 0}}), 400, BAD + "`filter.must[0].slice`: …" + LATER),
    "a range that is a number": (field(range=1), 400, F + "filter.must[0].range: …"),
    "a range of numbers and times": (field(range={"gt": 1, "lt": "2024-01-01"}), 400, F + "filter.must[0].range: …"),
    "a range of what is no time": (field(range={"gt": "soon"}), 400, F + "filter.must[0].range.gt: …"),
    "a range of a day that is none": (field(range={"gt": "2023-02-29"}), 400, F + "filter.must[0].range.gt: …"),
    "a range from true on": (field(range={"gte": True}), 400, F + "filter.must[0].range.gte: …"),
    "a bound twice": ('{"filter":{"must":{"key":"k","range":{"gt":1,"gt":2}}}}', 400, F + "…duplicate field `gt`"),
    "a count below zero": (field(values_count={"gt": -1}), 400, F + "filter.must[0].values_count.gt: …"),
    "a count of one and a half": (field(values_count={"gt": 1.5}), 400, F + "filter.must[0].values_count.gt: …"),
    "a latitude too high": (field(geo_radius={"center": {"lon": 0, "lat": 91}, "radius": 1}), 400, F + "filter.must[0].geo_radius.center: …"),
    "a longitude too low": (
        field(geo_bounding_box={"top_left": {"lon": -181, "lat": 0}, "bottom_right": {"lon": 0, "lat": 0}}),
        400,
        F + "filter.must[0].geo_bounding_box.top_left: …",
    ),
    "a place without longitude": (field(geo_radius={"center": {"lat": 0}, "radius": 1}), 400, F + "…missing field `lon`"),
    "a circle without radius": (field(geo_radius={"center": {"lon": 0, "lat": 0}}), 400, F + "…missing field `radius`"),
    "a box of one corner": (field(geo_bounding_box={"top_left": {"lon": 0, "lat": 0}}), 400, F + "…missing field `bottom_right`"),
    "a polygon of three": (field(geo_polygon=square((0, 0), (1, 0), (0, 0))), 422, R + "filter.must[0].geo_polygon…"),
    "a polygon that is open": (field(geo_polygon=square((0, 0), (1, 0), (1, 1), (0, 1))), 422, R + "filter.must[0].geo_polygon…"),
    "a polygon of nothing": (field(geo_polygon={}), 400, F + "…missing field `exterior`"),
    "a polygon with an open hole": (
        field(geo_polygon=square((0, 0), (1, 0), (1, 1), (0, 0)) | {"interiors": [{"points": []}]}),
        422,
        R + "filter.must[0].geo_polygon.interiors[0]…",
    ),
    "is_empty of no key": (must({"is_empty": {}}), 400, F + "filter.must[0].is_empty: missing field `key`"),
    "is_null that is true": (must({"is_null": True}), 400, F + "filter.must[0].is_null: …"),
    "is_empty of a field, a text": (field(is_empty="x"), 400, F + "filter.must[0].is_empty: …"),
    "has_id of one": (must({"has_id": 1}), 400, F + "filter.must[0].has_id: …"),
    "has_id of a text": (must({"has_id": ["x"]}), 400, F + "…value x" + NO_ID),
    "has_id below zero": (must({"has_id": [-1]}), 400, F + "…value -1" + NO_ID),
    "has_id of a real number": (must({"has_id": [1.5]}), 400, F + "…value 1.5" + NO_ID),
    "has_vector of a list": (must({"has_vector": ["a"]}), 400, F + "filter.must[0].has_vector: …"),
    "nested without a filter": (must({"nested": {"key": "a"}}), 400, F + "…missing field `filter`"),
    "nested without a key": (must({"nested": {"filter": {}}}), 400, F + "…missing field `key`"),
    "nested of an unknown clause": (must({"nested": {"key": "a", "filter": {"x": []}}}), 400, F + "…unknown field `x`, …"),
    "min_should without a count": ({"filter": {"min_should": {"conditions": []}}}, 400, F + "…missing field `min_count`"),
    "min_should without conditions": ({"filter": {"min_should": {"min_count": 1}}}, 400, F + "…missing field `conditions`"),
    "min_should below zero": ({"filter": {"min_should": {"conditions": [], "min_count": -1}}}, 400, F + "…"),
    "more conditions than there may be": (
        {"filter": {"must": [{"has_id": []}] * 10001}},
        400,
        BAD + "Filter condition limit reached…",
    ),
}

# --- the places where a filter may stand
A_FILTER = {"filter": {"x": 1}}
PLACES = {
    f"a bad filter: {method} {path}": (method, path, body, 400, F + "…filter.x: unknown field `x`, …")
    for method, path, body in [
        ("POST", P + "/scroll", A_FILTER),
        ("POST", P + "/query", A_FILTER),
        ("POST", P + "/query", A_FILTER | {"query": V}),
        ("POST", P + "/query/batch", {"searches": [A_FILTER | {"query": V}]}),
        ("POST", P + "/search", A_FILTER | {"vector": V, "limit": 1}),
        ("POST", P + "/search/batch", {"searches": [A_FILTER | {"vector": V, "limit": 1}]}),
        ("POST", P + "/query", {"prefetch": A_FILTER, "query": V}),
        ("POST", P + "/query/groups", A_FILTER | {"query": V, "group_by": "k"}),
        ("POST", P + "/recommend", A_FILTER | {"positive": [1], "limit": 1}),
        ("POST", P + "/discover", A_FILTER | {"target": 1, "limit": 1}),
        ("POST", P + "/search/matrix/pairs", A_FILTER),
        ("POST", "C/facet", A_FILTER | {"key": "k"}),
        ("POST", P + "/delete", A_FILTER),
        ("POST", P + "/payload", A_FILTER | {"payload": {}}),
        ("PUT", P + "/payload", A_FILTER | {"payload": {}}),
        ("POST", P + "/payload/delete", A_FILTER | {"keys": ["a"]}),
        ("POST", P + "/payload/clear", A_FILTER),
        ("POST", P + "/vectors/delete", A_FILTER | {"vector": [""]}),
        ("POST", P + "/batch", operations({"delete": A_FILTER})),
    ]
}

OTHERS = {
    # --- no body at all
    "upsert without a body": ("PUT", P, None, 400, EOF),
    "scroll without a body": ("POST", P + "/scroll", None, 400, EOF),
    "a batch without a body": ("POST", P + "/batch", None, 400, EOF),
    "an index without a body": ("PUT", "C/index", None, 400, EOF),
    "a change without a body": ("PATCH", "C", None, 400, EOF),
    # --- collections that are not there
    "upsert nowhere": ("PUT", "/collections/nowhere/points", upsert(), 404, GONE),
    "set payload nowhere": ("POST", "/collections/nowhere/points/payload", {"payload": {}, "points": [1]}, 404, GONE),
    "a batch nowhere": ("POST", "/collections/nowhere/points/batch", operations({"delete": {"points": [1]}}), 404, GONE),
    "facet nowhere": ("POST", "/collections/nowhere/facet", {"key": "k"}, 404, GONE),
    "an index nowhere": ("PUT", "/collections/nowhere/index", {"field_name": "k", "field_schema": "keyword"}, 404, GONE),
    "no index nowhere": ("DELETE", "/collections/nowhere/index/k", None, 404, GONE),
    "a change nowhere": ("PATCH", "/collections/nowhere", {}, 404, GONE),
    "update vectors nowhere": ("PUT", "/collections/nowhere/points/vectors", upsert(), 404, GONE),
    "aliases of nothing": ("GET", "/collections/nowhere/aliases", None, 404, GONE),
    # --- parameters
    "wait is no flag": ("POST", P + "/payload?wait=1", {"payload": {}, "points": [1]}, 400, QUERY + "wait: …"),
    "ordering is none": ("POST", P + "/batch?ordering=best", operations(), 400, QUERY + "ordering: …"),
    "no time for a batch": ("POST", P + "/batch?timeout=0", operations(), 400, QUERY + "timeout: …"),
    "no time for a facet": ("POST", "C/facet?timeout=0", {"key": "k"}, 400, QUERY + "timeout: …"),
    "consistency is none": ("POST", "C/facet?consistency=some", {"key": "k"}, 400, QUERY + "consistency: …"),
    "no time for aliases": (
        "POST",
        "/collections/aliases?timeout=0",
        {"actions": []},
        422,
        "Validation error in query parameters: [timeout: " + ONE_OR_MORE,
    ),
    "no time for a change": ("PATCH", "C?timeout=0", {}, 422, "Validation error in query parameters: [timeout: " + ONE_OR_MORE),
    # --- upsert
    "upsert of neither": ("PUT", P, {}, 400, F + "Invalid PointInsertOperations format…"),
    "upsert of nobody": ("PUT", P, {"points": []}, 400, EMPTY),
    "upsert of an empty batch": ("PUT", P, {"batch": {"ids": [], "vectors": []}}, 400, EMPTY),
    "upsert without an id": ("PUT", P, {"points": [{"vector": V}]}, 400, F + "points[0]: missing field `id`"),
    "upsert without a vector": ("PUT", P, {"points": [{"id": 9}]}, 400, F + "points[0]: missing field `vector`"),
    "upsert by a bad id": ("PUT", P, upsert(id="x"), 400, F + "…value x" + NO_ID),
    "upsert by a negative id": ("PUT", P, upsert(id=-1), 400, F + "…value -1" + NO_ID),
    "upsert by a number in a text": ("PUT", P, upsert(id="9"), 400, F + "…value 9" + NO_ID),
    "upsert a short vector": ("PUT", P, upsert(vector=[1, 2, 3]), 400, WRONG + "Vector dimension error: expected dim: 4, got 3"),
    "upsert an empty vector": ("PUT", P, upsert(vector=[]), 400, WRONG + "Vector dimension error: expected dim: 4, got 0"),
    "upsert a vector with a text": ("PUT", P, upsert(vector=[1, "x"]), 400, F + "points[0].vector[1]: …"),
    "upsert a vector by an unknown name": ("PUT", P, upsert(vector={"foo": V}), 400, WRONG + "Not existing vector name error: foo"),
    "upsert a name twice": ("PUT", P, '{"points":[{"id":9,"vector":{"a":[1],"a":[2]}}]}', 400, F + "…duplicate field `a`"),
    "upsert a payload that is a list": ("PUT", P, upsert(payload=[1]), 400, F + "points[0].payload: …"),
    "upsert a multivector": ("PUT", P, upsert(vector=[V, V]), 400, WRONG + "Conversion between multi and regular vectors failed"),
    "upsert a sparse vector": ("PUT", P, upsert(vector={"": {"indices": [1], "values": [1]}}), 400, WRONG + "Conversion between sparse and regular vectors failed"),
    "upsert with a condition": ("PUT", P, upsert() | {"update_filter": {}}, 400, BAD + "`update_filter`: …" + LATER),
    "upsert in a mode": ("PUT", P, upsert() | {"update_mode": "upsert"}, 400, BAD + "`update_mode`: …" + LATER),
    "upsert to a shard": ("PUT", P, upsert() | {"shard_key": "s"}, 400, BAD + "`shard_key`: …" + LATER),
    "a batch of too few vectors": ("PUT", P, {"batch": {"ids": [8, 9], "vectors": [V]}}, 422, R + "batch…"),
    "a batch of too many payloads": ("PUT", P, {"batch": {"ids": [9], "vectors": [V], "payloads": [{}, {}]}}, 422, R + "batch…"),
    "a batch of an unknown name": ("PUT", P, {"batch": {"ids": [9], "vectors": {"foo": [V]}}}, 400, WRONG + "Not existing vector name error: foo"),
    "named: upsert an unnamed vector": ("PUT", "N/points", upsert(), 400, WRONG + "Not existing vector name error: …"),
    "named: upsert an unknown name": ("PUT", "N/points", upsert(vector={"x": V}), 400, WRONG + "Not existing vector name error: x"),
    "named: upsert a short vector": ("PUT", "N/points", upsert(vector={"b": V}), 400, WRONG + "Vector dimension error: expected dim: 2, got 4"),
    "none: upsert a vector": ("PUT", "E/points", upsert(), 400, WRONG + "Not existing vector name error: …"),
    # --- delete, clear
    "delete of neither": ("POST", P + "/delete", {}, 400, NO_SELECTOR),
    "delete of nulls": ("POST", P + "/delete", {"points": None, "filter": None}, 400, NO_SELECTOR),
    "delete of nobody": ("POST", P + "/delete", {"points": []}, 400, EMPTY),
    "delete of one without a list": ("POST", P + "/delete", {"points": 1}, 400, F + "points: …"),
    "delete by a bad id": ("POST", P + "/delete", {"points": [1, "x"]}, 400, F + "points[1]: value x" + NO_ID),
    "delete from a shard": ("POST", P + "/delete", {"points": [1], "shard_key": "s"}, 400, BAD + "`shard_key`: …" + LATER),
    "clear of neither": ("POST", P + "/payload/clear", {}, 400, NO_SELECTOR),
    "clear of nobody": ("POST", P + "/payload/clear", {"points": []}, 400, EMPTY),
    "clear of who is not there": ("POST", P + "/payload/clear?wait=true", {"points": [77]}, 404, "Not found: No point with id 77 found"),
    # --- payload
    "set of neither": ("POST", P + "/payload", {"payload": {}}, 400, NEITHER),
    "set of nobody": ("POST", P + "/payload", {"payload": {}, "points": []}, 400, EMPTY),
    "set of nobody, and a filter": ("POST", P + "/payload", {"payload": {}, "points": [], "filter": {}}, 400, EMPTY),
    "set of nothing": ("POST", P + "/payload", {"points": [1]}, 400, F + "missing field `payload`"),
    "set of a list": ("POST", P + "/payload", {"payload": [1], "points": [1]}, 400, F + "payload: …"),
    "set in a bad path": ("POST", P + "/payload", {"payload": {}, "points": [1], "key": "a..b"}, 400, F + "key: Invalid json path: 'a..b'"),
    "set in a path that is a list": ("POST", P + "/payload", {"payload": {}, "points": [1], "key": ["a"]}, 400, F + "key: …"),
    "set of who is not there": ("POST", P + "/payload?wait=true", {"payload": {}, "points": [77]}, 404, "Not found: No point with id 77 found"),
    "overwrite of neither": ("PUT", P + "/payload", {"payload": {}}, 400, NEITHER),
    "overwrite of nobody": ("PUT", P + "/payload", {"payload": {}, "points": []}, 400, EMPTY),
    "overwrite of null": ("PUT", P + "/payload", {"payload": None, "points": [1]}, 400, F + "missing field `payload`"),
    "overwrite of who is not there": ("PUT", P + "/payload?wait=true", {"payload": {}, "points": [77]}, 404, "Not found: No point with id 77 found"),
    "delete keys of neither": ("POST", P + "/payload/delete", {"keys": ["a"]}, 400, NEITHER),
    "delete keys of nobody": ("POST", P + "/payload/delete", {"keys": ["a"], "points": []}, 400, EMPTY),
    "delete no keys": ("POST", P + "/payload/delete", {"points": [1]}, 400, F + "missing field `keys`"),
    "delete a key without a list": ("POST", P + "/payload/delete", {"keys": "a", "points": [1]}, 400, F + "keys: …"),
    "delete a bad path": ("POST", P + "/payload/delete", {"keys": ["a["], "points": [1]}, 400, F + "keys[0]: Invalid json path: 'a['"),
    "delete keys of who is not there": (
        "POST",
        P + "/payload/delete?wait=true",
        {"keys": ["a"], "points": [77]},
        404,
        "Not found: No point with id 77 found",
    ),
    # --- vectors
    "update vectors of no points": ("PUT", P + "/vectors", {"points": []}, 422, R + "points: must specify points to update]"),
    "update no vectors": ("PUT", P + "/vectors", upsert(vector={}), 422, R + "points[0].vector: must specify vectors to update for point]"),
    "update vectors without points": ("PUT", P + "/vectors", {}, 400, F + "missing field `points`"),
    "update without a vector": ("PUT", P + "/vectors", {"points": [{"id": 1}]}, 400, F + "points[0]: missing field `vector`"),
    "update a short vector": ("PUT", P + "/vectors", upsert(id=1, vector=[1]), 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "update an unknown name": ("PUT", P + "/vectors", upsert(id=1, vector={"foo": V}), 400, WRONG + "Not existing vector name error: foo"),
    "update vectors of who is not there": ("PUT", P + "/vectors?wait=true", upsert(id=77), 404, "Not found: No point with id 77 found"),
    "delete vectors of neither": ("POST", P + "/vectors/delete", {"vector": [""]}, 400, BAD + "No filter or points provided"),
    "delete vectors of nobody": ("POST", P + "/vectors/delete", {"vector": [""], "points": []}, 400, EMPTY),
    "delete no vectors": ("POST", P + "/vectors/delete", {"vector": [], "points": [1]}, 422, R + "vector: must specify vector names to delete]"),
    "delete vectors without names": ("POST", P + "/vectors/delete", {"points": [1]}, 400, F + "missing field `vector`"),
    "delete a vector without a list": ("POST", P + "/vectors/delete", {"vector": "", "points": [1]}, 400, F + "vector: …"),
    "delete an unknown vector": ("POST", P + "/vectors/delete", {"vector": ["foo"], "points": [1]}, 400, WRONG + "Not existing vector name error: foo"),
    # --- batches of changes
    "a batch of no operations": ("POST", P + "/batch", {}, 400, F + "missing field `operations`"),
    "a batch that is one operation": ("POST", P + "/batch", {"operations": {"delete": {"points": [1]}}}, 400, F + "operations: …"),
    "an unknown operation": ("POST", P + "/batch", operations({"drop": {}}), 400, F + "operations[0]: …"),
    "an operation without a name": ("POST", P + "/batch", operations({}), 400, F + "operations[0]: …"),
    "two operations in one": ("POST", P + "/batch", operations({"delete": {"points": [1]}, "clear_payload": {"points": [1]}}), 400, F + "operations[0]: …"),
    "an operation that is null": ("POST", P + "/batch", operations({"delete": None}), 400, F + "operations[0].delete: …"),
    "an empty list within a batch": ("POST", P + "/batch", operations({"delete": {"points": [77]}}, {"delete": {"points": []}}), 400, EMPTY),
    "no selector within a batch": ("POST", P + "/batch", operations({"set_payload": {"payload": {}}}), 400, NEITHER),
    "no selector of a deletion within a batch": ("POST", P + "/batch", operations({"delete": {}}), 400, NO_SELECTOR),
    "no points or batch within a batch": ("POST", P + "/batch", operations({"upsert": {}}), 400, F + "…Invalid PointInsertOperations format…"),
    "a short vector within a batch": ("POST", P + "/batch", operations({"upsert": upsert(vector=[1])}), 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "who is not there within a batch": (
        "POST",
        P + "/batch?wait=true",
        operations({"delete": {"points": [78]}}, {"clear_payload": {"points": [77]}}),
        404,
        "Not found: No point with id 77 found",
    ),
    # --- retrieve, scroll, count, facet
    "get an id that is none": ("GET", P + "/x", None, 400, WRONG + 'Can not recognize "x" as point id'),
    "get who is not there": ("GET", P + "/77", None, 404, "Not found: Point with id 77 does not exists!"),
    "get without ids": ("POST", P, {}, 400, F + "missing field `ids`"),
    "get by an unknown vector name": ("POST", P, {"ids": [1], "with_vector": ["foo"]}, 400, WRONG + "Not existing vector name error: foo"),
    "get by a selector of both": ("POST", P, {"ids": [1], "with_payload": {"include": [], "exclude": []}}, 400, F + "with_payload: …"),
    "get by a bad path": ("POST", P, {"ids": [1], "with_payload": ["a..b"]}, 400, F + "with_payload[0]: Invalid json path: 'a..b'"),
    "scroll to nothing": ("POST", P + "/scroll", {"limit": 0}, 422, R + "limit: " + ONE_OR_MORE),
    "scroll from a real number": ("POST", P + "/scroll", {"offset": 1.5}, 400, F + "offset: value 1.5" + NO_ID),
    "scroll in order from an offset": ("POST", P + "/scroll", {"order_by": "k", "offset": 1}, 400, WRONG + "Cannot use an `offset` when using `order_by`…"),
    "scroll in an order without index": ("POST", P + "/scroll", {"order_by": "k"}, 400, WRONG + "No range index for `order_by` key: `k`. Please create one…"),
    "scroll in no order": ("POST", P + "/scroll", {"order_by": {}}, 400, F + "order_by: missing field `key`"),
    "scroll in a bad order": ("POST", P + "/scroll", {"order_by": {"key": "a["}}, 400, F + "order_by.key: Invalid json path: 'a['"),
    "scroll upwards": ("POST", P + "/scroll", {"order_by": {"key": "k", "direction": "up"}}, 400, F + "order_by.direction: …"),
    "scroll from a bad start": ("POST", P + "/scroll", {"order_by": {"key": "k", "start_from": "soon"}}, 400, F + "order_by.start_from: …"),
    "count by a number": ("POST", P + "/count", {"exact": 1}, 400, F + "exact: …"),
    "facet of nothing": ("POST", "C/facet", {}, 400, F + "missing field `key`"),
    "facet of a bad path": ("POST", "C/facet", {"key": "a.."}, 400, F + "key: Invalid json path: 'a..'"),
    "facet of no values": ("POST", "C/facet", {"key": "k", "limit": 0}, 422, R + "limit: " + ONE_OR_MORE),
    "facet without index": ("POST", "C/facet", {"key": "k"}, 400, WRONG + "No appropriate index for faceting: `k`. …"),
    # --- query, search
    "query a short vector": ("POST", P + "/query", {"query": [1]}, 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "query with half the candidates": (
        "POST",
        P + "/query",
        {"query": V, "params": {"quantization": {"oversampling": 0.5}}},
        422,
        R + "params.quantization.oversampling: value 0.5 invalid, must be 1.0 or larger]",
    ),
    "prefetch with half the candidates": (
        "POST",
        P + "/query",
        {"query": V, "prefetch": {"query": V, "params": {"quantization": {"oversampling": 0.5}}}},
        422,
        R + "prefetch.params.quantization.oversampling: …",
    ),
    "search with half the candidates": ("POST", P + "/search", {"vector": V, "limit": 1, "params": {"quantization": {"oversampling": 0.5}}}, 422, R + "params.quantization.oversampling: …"),
    "recommend with rescoring as a text": ("POST", P + "/recommend", {"positive": [1], "limit": 1, "params": {"quantization": {"rescore": "yes"}}}, 400, F + "params.quantization.rescore: …"),
    "discover ignoring a number": ("POST", P + "/discover", {"target": 1, "limit": 1, "params": {"quantization": {"ignore": 1}}}, 400, F + "params.quantization.ignore: …"),
    "query groups with quantization that is a list": ("POST", P + "/query/groups", {"query": V, "group_by": "k", "params": {"quantization": []}}, 400, F + "params.quantization: …"),
    "query for nothing": ("POST", P + "/query", {"query": V, "limit": 0}, 422, R + "limit: " + ONE_OR_MORE),
    "query by who is not there": ("POST", P + "/query", {"query": 77}, 404, "Not found: No point with id 77 found"),
    "query by a bad id": ("POST", P + "/query", {"query": "x"}, 400, F + "query: value x" + NO_ID),
    "query by a name where there is none": ("POST", P + "/query", {"query": V, "using": "x"}, 400, WRONG + NO_NAME),
    "query in an order without index": ("POST", P + "/query", {"query": {"order_by": "k"}}, 400, WRONG + "No range index for `order_by` key: `k`. Please create one…"),
    "query in a bad order": ("POST", P + "/query", {"query": {"order_by": "a.."}}, 400, F + "query.order_by: Invalid json path: 'a..'"),
    "query in an order, with a threshold": ("POST", P + "/query", {"query": {"order_by": "k"}, "score_threshold": 1}, 400, BAD + "Can't use score_threshold with an order_by query."),
    "query of no kind": ("POST", P + "/query", {"query": {"closest": V}}, 400, F + "query: data did not match any variant of untagged enum QueryInterface…"),
    "query by a formula": ("POST", P + "/query", {"prefetch": {"query": V}, "query": {"formula": "$score"}}, 400, BAD + "`query.formula`: formulas are" + LATER),
    "query by feedback": ("POST", P + "/query", {"query": {"relevance_feedback": {}}}, 400, BAD + "`query.relevance_feedback`: relevance feedback is" + LATER),
    "query for diversity": ("POST", P + "/query", {"query": {"nearest": V, "mmr": {}}}, 400, BAD + "`query.mmr`: mmr is" + LATER),
    "query a shard": ("POST", P + "/query", {"query": V, "shard_key": "a"}, 400, BAD + "`shard_key`: shard keys are" + LATER),
    "query without a query, with a threshold": ("POST", P + "/query", {"score_threshold": 1}, 400, BAD + "A query is needed to use the score_threshold. Can't have score_threshold without defining a query."),
    "query another sample": ("POST", P + "/query", {"query": {"sample": "first"}}, 400, F + "query.sample: unknown variant `first`, …"),
    # --- examples
    "recommend nothing": (
        "POST",
        P + "/query",
        {"query": {"recommend": {}}},
        422,
        R + "query.recommend.positives, negatives: At least one positive or negative vector/id must be provided]",
    ),
    "recommend the average of negatives": (
        "POST",
        P + "/query",
        {"query": {"recommend": {"negative": [1]}}},
        400,
        WRONG + "Positive vectors should not be empty with `average` strategy",
    ),
    "recommend by an unknown strategy": ("POST", P + "/query", {"query": {"recommend": {"positive": [1], "strategy": "x"}}}, 400, F + "query.recommend.strategy: unknown variant `x`, …"),
    "recommend by one without a list": ("POST", P + "/query", {"query": {"recommend": {"positive": 1}}}, 400, F + "query.recommend.positive: …"),
    "recommend by a bad id": ("POST", P + "/query", {"query": {"recommend": {"positive": [V, "x"]}}}, 400, F + "query.recommend.positive[1]: value x" + NO_ID),
    "recommend by a short vector": ("POST", P + "/query", {"query": {"recommend": {"positive": [[1]]}}}, 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "recommend by who is not there": ("POST", P + "/query", {"query": {"recommend": {"positive": [1], "negative": [77]}}}, 404, "Not found: No point with id 77 found"),
    "recommend by too many": ("POST", P + "/query", {"query": {"recommend": {"positive": [1] * 1025}}}, 400, BAD + "`query.recommend.positive`: 1025 examples are more than the 1024 that one request may ask for"),
    "named: recommend without a name": ("POST", "N/points/query", {"query": {"recommend": {"positive": [1]}}}, 400, WRONG + CHOOSE),
    "discover without a target": ("POST", P + "/query", {"query": {"discover": {"context": None}}}, 400, F + "query.discover: missing field `target`"),
    "discover without the key of a context": ("POST", P + "/query", {"query": {"discover": {"target": 1}}}, 400, F + "query.discover: missing field `context`"),
    "discover who is not there": ("POST", P + "/query", {"query": {"discover": {"target": 77, "context": None}}}, 404, "Not found: No point with id 77 found"),
    "half a pair": ("POST", P + "/query", {"query": {"context": {"positive": 1}}}, 400, F + "query.context: missing field `negative`"),
    "pairs that are ids": ("POST", P + "/query", {"query": {"context": [1, 2]}}, 400, F + "query.context: …"),
    "older: recommend without a positive": ("POST", P + "/recommend", {"negative": [1], "limit": 1}, 400, BAD + "At least one positive vector ID required with this strategy"),
    "older: recommend nothing": ("POST", P + "/recommend", {"strategy": "best_score", "limit": 1}, 400, BAD + "At least one positive or negative vector ID required with this strategy"),
    "older: recommend without a limit": ("POST", P + "/recommend", {"positive": [1]}, 400, F + "missing field `limit`"),
    "older: recommend from a shard": ("POST", P + "/recommend", {"positive": [1], "limit": 1, "shard_key": "a"}, 400, BAD + "`shard_key`: shard keys are" + LATER),
    "older: the second recommendation is wrong": ("POST", P + "/recommend/batch", {"searches": [{"positive": [1], "limit": 1}, {"positive": ["x"], "limit": 1}]}, 400, F + "searches[1].positive[0]: value x" + NO_ID),
    "older: discover nothing": ("POST", P + "/discover", {"context": [], "limit": 1}, 400, BAD + "target and/or context_pairs must be specified"),
    "older: discover without a limit": ("POST", P + "/discover", {"target": 1}, 400, F + "missing field `limit`"),
    "older: the second discovery is wrong": ("POST", P + "/discover/batch", {"searches": [{"target": 1, "limit": 1}, {"limit": 1}]}, 400, BAD + "target and/or context_pairs must be specified"),
    # --- look-ups
    "look up nowhere": ("POST", P + "/query", {"query": 1, "lookup_from": {"collection": "nowhere"}}, 404, "Not found: Collection nowhere not found"),
    "look up in no collection": ("POST", P + "/query", {"query": 1, "lookup_from": {}}, 400, F + "lookup_from: missing field `collection`"),
    "look up in a text": ("POST", P + "/query", {"query": 1, "lookup_from": "nowhere"}, 400, F + "lookup_from: …"),
    "look up a list": ("POST", P + "/query", {"query": 1, "lookup_from": {"collection": "x", "vector": []}}, 400, F + "lookup_from.vector: …"),
    # --- prefetches, fusion
    "merge nothing": ("POST", P + "/query", {"query": {"fusion": "rrf"}}, 400, BAD + "cannot apply Fusion without prefetches"),
    "merge otherwise": ("POST", P + "/query", {"prefetch": {"query": V}, "query": {"fusion": "max"}}, 400, F + "query.fusion: unknown variant `max`, …"),
    "merge by a vector": ("POST", P + "/query", {"prefetch": {"query": V}, "query": {"fusion": "rrf"}, "using": "x"}, 400, BAD + "Fusion queries cannot be combined with the 'using' field."),
    "merge by another constant": ("POST", P + "/query", {"prefetch": {"query": V}, "query": {"rrf": {"k": 60}}}, 400, BAD + "`query.rrf.k`: constants of RRF other than 2 are" + LATER),
    "merge by weights": ("POST", P + "/query", {"prefetch": {"query": V}, "query": {"rrf": {"weights": [1]}}}, 400, BAD + "`query.rrf.weights`: weights are" + LATER),
    "prefetch without a query": ("POST", P + "/query", {"prefetch": {"query": V}}, 400, BAD + "A query is needed to merge the prefetches. Can't have prefetches without defining a query."),
    "prefetch a text": ("POST", P + "/query", {"prefetch": "x", "query": V}, 400, F + "prefetch: …"),
    "prefetch of prefetches": ("POST", P + "/query", {"prefetch": {"prefetch": {"query": V}, "query": V}, "query": V}, 400, BAD + "`prefetch.prefetch`: prefetches of prefetches are" + LATER),
    "prefetch to nothing": ("POST", P + "/query", {"prefetch": [{"query": V, "limit": 0}], "query": V}, 422, R + "prefetch[0].limit: " + ONE_OR_MORE),
    "prefetch a short vector": ("POST", P + "/query", {"prefetch": [{"query": V}, {"query": [1]}], "query": {"fusion": "rrf"}}, 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "prefetch too often": ("POST", P + "/query", {"prefetch": [{}] * 65, "query": {"fusion": "rrf"}}, 400, BAD + "`prefetch`: 65 prefetches are more than the 64 that one request may ask for"),
    "query too often": ("POST", P + "/query/batch", {"searches": [{}] * 4097}, 400, BAD + "`searches`: 4097 searches are more than the 4096 that one request may ask for"),
    "named: prefetch without a name": ("POST", "N/points/query", {"prefetch": {"query": V}, "query": {"fusion": "dbsf"}}, 400, WRONG + CHOOSE),
    # --- groups, matrices
    "group by nothing": ("POST", P + "/query/groups", {"query": V}, 400, F + "missing field `group_by`"),
    "group by a bad path": ("POST", P + "/query/groups", {"query": V, "group_by": "a.."}, 400, F + "group_by: Invalid json path: 'a..'"),
    "group to size 0": ("POST", P + "/query/groups", {"query": V, "group_by": "k", "group_size": 0}, 422, R + "group_size: " + ONE_OR_MORE),
    "group with records of nothing": ("POST", P + "/query/groups", {"query": V, "group_by": "k", "with_lookup": {}}, 400, F + "with_lookup: missing field `collection`"),
    "group a short vector": ("POST", P + "/query/groups", {"query": [1], "group_by": "k"}, 400, WRONG + "Vector dimension error: expected dim: 4, got 1"),
    "older: group a search without a size": ("POST", P + "/search/groups", {"vector": V, "group_by": "k", "limit": 1}, 400, F + "missing field `group_size`"),
    "older: group a search without a limit": ("POST", P + "/search/groups", {"vector": V, "group_by": "k", "group_size": 1}, 400, F + "missing field `limit`"),
    "older: group recommendations of nothing": ("POST", P + "/recommend/groups", {"group_by": "k", "limit": 1, "group_size": 1}, 400, BAD + "At least one positive vector ID required with this strategy"),
    "a matrix of one": ("POST", P + "/search/matrix/pairs", {"sample": 1}, 422, R + "sample: value 1 invalid, must be 2 or larger]"),
    "a matrix of too many": ("POST", P + "/search/matrix/offsets", {"sample": 4097}, 400, BAD + "`sample`: 4097 points are more than the 4096 that one request may ask for"),
    "a matrix of no neighbours": ("POST", P + "/search/matrix/pairs", {"limit": 0}, 422, R + "limit: " + ONE_OR_MORE),
    "a matrix by a name where there is none": ("POST", P + "/search/matrix/pairs", {"using": "x"}, 400, WRONG + NO_NAME),
    "named: a matrix without a name": ("POST", "N/points/search/matrix/offsets", {}, 400, WRONG + CHOOSE),
    "query by acorn": ("POST", P + "/query", {"query": V, "params": {"acorn": {"enable": True}}}, 400, BAD + "`params.acorn`: …" + LATER),
    "named: query without a name": ("POST", "N/points/query", {"query": V}, 400, WRONG + CHOOSE),
    "named: query by an unknown name": ("POST", "N/points/query", {"query": V, "using": "x"}, 400, WRONG + UNKNOWN_NAME),
    "named: query a short vector": ("POST", "N/points/query", {"query": V, "using": "b"}, 400, WRONG + "Vector dimension error: expected dim: 2, got 4"),
    "named: search without a name": ("POST", "N/points/search", {"vector": V, "limit": 1}, 400, WRONG + CHOOSE),
    "named: search by an unknown name": ("POST", "N/points/search", {"vector": {"name": "x", "vector": V}, "limit": 1}, 400, WRONG + UNKNOWN_NAME),
    "search without a limit": ("POST", P + "/search", {"vector": V}, 400, F + "missing field `limit`"),
    "search by a name where there is none": ("POST", P + "/search", {"vector": {"name": "x", "vector": V}, "limit": 1}, 400, WRONG + NO_NAME),
    # --- indexes
    "an index of no field": ("PUT", "C/index", {"field_schema": "keyword"}, 400, F + "missing field `field_name`"),
    "an index of a bad path": ("PUT", "C/index", {"field_name": "a b", "field_schema": "keyword"}, 400, F + "field_name: Invalid json path: 'a b'"),
    "an index of no type": (
        "PUT",
        "C/index",
        {"field_name": "k"},
        400,
        BAD + "Can't auto-detect field type, please specify `field_schema` in the request",
    ),
    "an index of an unknown type": ("PUT", "C/index", {"field_name": "k", "field_schema": "varchar"}, 400, F + "field_schema: …"),
    "an index of an object without type": ("PUT", "C/index", {"field_name": "k", "field_schema": {"on_disk": True}}, 400, F + "field_schema: missing field `type`"),
    "an index for neither": (
        "PUT",
        "C/index",
        {"field_name": "k", "field_schema": {"type": "integer", "lookup": False, "range": False}},
        422,
        R + "field_schema: …",
    ),
    "an index of an unknown tokenizer": ("PUT", "C/index", {"field_name": "k", "field_schema": {"type": "text", "tokenizer": "x"}}, 400, F + "field_schema.tokenizer: …"),
    "an index with stop words": ("PUT", "C/index", {"field_name": "k", "field_schema": {"type": "text", "stopwords": "english"}}, 400, BAD + "`field_schema.stopwords`: …" + LATER),
    "an index with a stemmer": ("PUT", "C/index", {"field_name": "k", "field_schema": {"type": "text", "stemmer": {}}}, 400, BAD + "`field_schema.stemmer`: …" + LATER),
    "an index in the graph": ("PUT", "C/index", {"field_name": "k", "field_schema": {"type": "keyword", "enable_hnsw": False}}, 400, BAD + "`field_schema.enable_hnsw`: …" + LATER),
    "an index of prefixes": ("PUT", "C/index", {"field_name": "k", "field_schema": {"type": "keyword", "prefix": True}}, 400, BAD + "`field_schema.prefix`: …" + LATER),
    "no index of a bad path": ("DELETE", "C/index/a..b", None, 400, "Deserialize error in path parameters: Invalid json path: 'a..b'"),
    # --- collections
    "create of size 0": ("PUT", "/collections/new", {"vectors": {"size": 0, "distance": "Dot"}}, 400, F + "vectors.size: …"),
    "create too large": (
        "PUT",
        "/collections/new",
        {"vectors": {"size": 65537, "distance": "Dot"}},
        422,
        R + "vectors.size: value 65537 invalid, must be from 1 to 65536]",
    ),
    "create a name without size": ("PUT", "/collections/new", {"vectors": {"a": {"distance": "Dot"}}}, 400, F + "vectors.a: …"),
    "create a name of size 65537": ("PUT", "/collections/new", {"vectors": {"a": {"size": 65537, "distance": "Dot"}}}, 422, R + "vectors.a.size: …"),
    "create a name of an unknown distance": ("PUT", "/collections/new", {"vectors": {"a": {"size": 4, "distance": "dot"}}}, 400, F + "vectors.a.distance: …"),
    "create quantized to bfloat16": ("PUT", "/collections/new", quantized({"bfloat16": {}}), 400, F + "quantization_config: …`scalar` and `binary`…"),
    "create quantized at first off": ("PUT", "/collections/new", quantized("Disabled"), 400, F + "quantization_config: …"),
    "create quantized twice": ("PUT", "/collections/new", quantized({"binary": {}, "scalar": {"type": "int8"}}), 400, F + "quantization_config: …"),
    "create quantized to no type": ("PUT", "/collections/new", quantized({"scalar": {}}), 400, F + "quantization_config.scalar: missing field `type`"),
    "create quantized to int4": (
        "PUT",
        "/collections/new",
        quantized({"scalar": {"type": "int4"}}),
        400,
        F + "quantization_config.scalar.type: unknown variant `int4`, expected `int8`",
    ),
    "create with a quantile above one": (
        "PUT",
        "/collections/new",
        quantized({"scalar": {"type": "int8", "quantile": 1.5}}),
        422,
        R + "quantization_config.scalar.quantile: value 1.5 invalid, must be from 0.5 to 1.0]",
    ),
    "create with a quantile that is a text": ("PUT", "/collections/new", quantized({"scalar": {"type": "int8", "quantile": "1"}}), 400, F + "quantization_config.scalar.quantile: …"),
    "create with always_ram as a number": ("PUT", "/collections/new", quantized({"binary": {"always_ram": 1}}), 400, F + "quantization_config.binary.always_ram: …"),
    "create with an encoding": ("PUT", "/collections/new", quantized({"binary": {"encoding": "two_bits"}}), 400, BAD + "`quantization_config.binary.encoding`: …" + LATER),
    "create quantized by turbo": ("PUT", "/collections/new", quantized({"turboquant": {}}), 400, BAD + "`quantization_config.turboquant`: …" + LATER),
    "create a vector quantized by products": (
        "PUT",
        "/collections/new",
        {"vectors": {"a": {"size": 4, "distance": "Dot", "quantization_config": {"product": {"compression": "x4"}}}}},
        400,
        BAD + "`vectors.a.quantization_config.product`: …" + LATER,
    ),
    "create a sparse vector with a modifier that is none": ("PUT", "/collections/new", {"sparse_vectors": {"s": {"modifier": "x"}}}, 400, F + "sparse_vectors.s.modifier: …"),
    "create in float8": ("PUT", "/collections/new", {"vectors": {"size": 4, "distance": "Dot", "datatype": "float8"}}, 400, F + "vectors.datatype: …"),
    "create with placement": ("PUT", "/collections/new", {"vectors": {"size": 4, "distance": "Dot", "memory": "cold"}}, 400, BAD + "`vectors.memory`: …" + LATER),
    "create with inline storage": ("PUT", "/collections/new", {"hnsw_config": {"inline_storage": True}}, 400, BAD + "`hnsw_config.inline_storage`: …" + LATER),
    "create a name that cannot be": ("PUT", "/collections/a%2Fb", {}, 422, "Validation error in path parameters: [name: …"),
    "create what is there": ("PUT", "C", {}, 409, WRONG + "Collection `…` already exists!"),
    "change ef_construct to 3": ("PATCH", "C", {"hnsw_config": {"ef_construct": 3}}, 422, R + "hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]"),
    "change the replicas to 0": ("PATCH", "C", {"params": {"replication_factor": 0}}, 422, R + "params.replication_factor: …"),
    "change a section to a list": ("PATCH", "C", {"optimizers_config": []}, 400, F + "optimizers_config: …"),
    "change quantization": ("PATCH", "C", {"quantization_config": {"scalar": {"type": "int4"}}}, 400, F + "quantization_config.scalar.type: …"),
    "change to quantization of no form": ("PATCH", "C", {"quantization_config": {"half": {}}}, 400, F + "quantization_config: …`scalar` and `binary`…"),
    "change to a quantile too low": (
        "PATCH",
        "C",
        {"quantization_config": {"scalar": {"type": "int8", "quantile": 0.4}}},
        422,
        R + "quantization_config.scalar.quantile: value 0.4 invalid, must be from 0.5 to 1.0]",
    ),
    "change a vector's quantization to a word": ("PATCH", "C", {"vectors": {"": {"quantization_config": "Off"}}}, 400, F + "vectors..quantization_config: …"),
    "change a vector's quantization to products": (
        "PATCH",
        "C",
        {"vectors": {"": {"quantization_config": {"product": {"compression": "x4"}}}}},
        400,
        BAD + "`vectors..quantization_config.product`: …" + LATER,
    ),
    "change sparse vectors": ("PATCH", "C", {"sparse_vectors": {"s": {}}}, 400, WRONG + "Not existing vector name error: s"),
    "change to strict mode": ("PATCH", "C", {"strict_mode_config": {"enabled": True}}, 400, BAD + "`strict_mode_config.enabled`: …" + LATER),
    "change a size": ("PATCH", "C", {"vectors": {"": {"size": 8}}}, 400, BAD + "…" + LATER),
    "change the shards": ("PATCH", "C", {"shard_number": 2}, 400, BAD + "`shard_number`: …" + LATER),
    "change an unknown vector": ("PATCH", "C", {"vectors": {"foo": {"on_disk": True}}}, 400, WRONG + "Not existing vector name error: foo"),
    # --- aliases
    "aliases without actions": ("POST", "/collections/aliases", {}, 400, F + "missing field `actions`"),
    "an unknown action": ("POST", "/collections/aliases", {"actions": [{"swap_alias": {}}]}, 400, F + "actions[0]: …"),
    "an action of two": (
        "POST",
        "/collections/aliases",
        {"actions": [{"delete_alias": {"alias_name": "a"}, "rename_alias": {"old_alias_name": "a", "new_alias_name": "b"}}]},
        400,
        F + "actions[0]: …",
    ),
    "an alias of nothing": ("POST", "/collections/aliases", {"actions": [{"create_alias": {"alias_name": "a"}}]}, 400, F + "…missing field `collection_name`"),
    "an alias of what is not there": (
        "POST",
        "/collections/aliases",
        {"actions": [{"create_alias": {"alias_name": "a", "collection_name": "nowhere"}}]},
        404,
        GONE,
    ),
    "an alias with a slash": (
        "POST",
        "/collections/aliases",
        {"actions": [{"create_alias": {"alias_name": "a/b", "collection_name": "nowhere"}}]},
        422,
        R + "actions[0].create_alias.alias_name: …",
    ),
    "another name for no alias": (
        "POST",
        "/collections/aliases",
        {"actions": [{"rename_alias": {"old_alias_name": "nothing", "new_alias_name": "b"}}]},
        404,
        "Not found: Alias nothing does not exists!",
    ),
}

ROWS = (
    NOT_A_BODY
    | {says: ("POST", P + "/count", *rest) for says, rest in FILTERS.items()}
    | PLACES
    | OTHERS
)
