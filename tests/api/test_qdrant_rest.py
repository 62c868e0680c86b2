"""Qdrant's REST API as bytes on the wire: what each route that is built answers to what may come. A row
is a request and what must be in its answer; the rows run against one small collection, which they leave
as it was. `C` in a path stands for that collection."""
import http.client
import json

import pytest
from gateway import Gateway

UUID = "550e8400-e29b-41d4-a716-446655440000"
POINTS = [
    {"id": 1, "vector": [1, 0, 0, 0], "payload": {"city": "Bonn", "at": {"lat": 1.0, "lon": 2}, "tags": ["a", "b"]}},
    {"id": 2, "vector": [0, 2, 0, 0], "payload": {"city": "Köln", "big": 18446744073709551615}},
    {"id": 3, "vector": [0, 0, 3, 0]},
    {"id": 18446744073709551615, "vector": [0, 0, 0, 4], "payload": {}},
    {"id": UUID, "vector": [1, 2, 3, 4], "payload": {"nothing": None}},
]

P = "C/points"
NO_COLLECTION = "Not found: Collection `nowhere` doesn't exist!"
NO_POINT_ID = "is not a valid point ID, valid values are either an unsigned integer or a UUID"
FORMAT = "Format error in JSON body: "
RANGE = "Validation error in JSON body: ["
RANGE_QUERY = "Validation error in query parameters: ["
QUERY = "Deserialize error in query parameters: "
BAD = "Bad request: "
WRONG = "Wrong input: "
NO_VECTOR = "Not existing vector name error: "
V = [1, 0, 0, 0]


def search(**fields):
    return {"vector": V, "limit": 2} | fields


def query(**fields):
    return {"query": V, "limit": 2} | fields


def create(**fields):
    return {"vectors": {"size": 4, "distance": "Dot"}} | fields


# method, path, body (a str is sent as it is), status, texts that the answer holds
ROWS = {
    # --- who answers
    "root": ("GET", "/", None, 200, ['"title":"qdrant - vector search engine"', '"version":"1.14.1"']),
    "healthz": ("GET", "/healthz", None, 200, ["healthz check passed"]),
    "livez": ("GET", "/livez", None, 200, ["healthz check passed"]),
    "readyz": ("GET", "/readyz", None, 200, ["all shards are ready"]),
    "metrics": ("GET", "/metrics", None, 200, ['app_info{name="qdrant",version="1.14.1"} 1', "cluster_enabled 0"]),
    # --- paths
    "unknown path": ("GET", "/nothing", None, 404, [""]),
    "unknown method": ("PATCH", "/collections", None, 404, [""]),
    "unknown method of a probe": ("POST", "/healthz", None, 404, [""]),
    "unknown path below points": ("POST", P + "/nothing", {}, 404, [""]),
    "slashes are merged and dropped": ("GET", "//C///exists/", None, 200, ['"exists":true']),
    # --- collections
    "list": ("GET", "/collections", None, 200, ['"collections":[', '"status":"ok"']),
    "exists": ("GET", "C/exists", None, 200, ['"result":{"exists":true}']),
    "exists not": ("GET", "/collections/nowhere/exists", None, 200, ['"result":{"exists":false}']),
    "info": (
        "GET",
        "C",
        None,
        200,
        [
            '"status":"green"',
            '"optimizer_status":"ok"',
            '"points_count":5',
            '"vectors":{"size":4,"distance":"Dot"}',
            '"shard_number":1',
            '"replication_factor":1',
            '"write_consistency_factor":1',
            '"on_disk_payload":true',
            '"hnsw_config":{"m":16,"ef_construct":100,"full_scan_threshold":10000',
            '"optimizer_config":{"deleted_threshold":0.2',
            '"wal_config":{"wal_capacity_mb":32,"wal_segments_ahead":0}',
            '"quantization_config":null',
            '"payload_schema":{}',
        ],
    ),
    "info of none": ("GET", "/collections/nowhere", None, 404, [NO_COLLECTION]),
    "create what is there": ("PUT", "C", create(), 409, ["Wrong input: Collection `", "already exists!"]),
    "create without a body": ("PUT", "/collections/new", None, 400, [FORMAT]),
    "create with half a body": ("PUT", "/collections/new", '{"vectors":', 400, [FORMAT]),
    "create with a list": ("PUT", "/collections/new", [], 400, [FORMAT]),
    "create with no size": ("PUT", "/collections/new", create(vectors={"distance": "Dot"}), 400, [FORMAT, "size"]),
    "create with size 0": ("PUT", "/collections/new", create(vectors={"size": 0, "distance": "Dot"}), 400, [FORMAT]),
    "create too large": (
        "PUT",
        "/collections/new",
        create(vectors={"size": 65537, "distance": "Dot"}),
        422,
        ["Validation error in JSON body: [vectors.size: value 65537 invalid, must be from 1 to 65536]"],
    ),
    "create with a distance of its own": (
        "PUT",
        "/collections/new",
        create(vectors={"size": 4, "distance": "dot"}),
        400,
        [FORMAT, "Cosine", "Euclid", "Dot", "Manhattan"],
    ),
    "create with a named vector without size": (
        "PUT",
        "/collections/new",
        create(vectors={"a": {"distance": "Dot"}}),
        400,
        [FORMAT, "vectors.a", "size"],
    ),
    "create with a name twice": (
        "PUT",
        "/collections/new",
        {"vectors": {"s": {"size": 4, "distance": "Dot"}}, "sparse_vectors": {"s": {}}},
        400,
        [WRONG, "Dense and sparse vector names must be unique - duplicate found with 's'"],
    ),
    "create quantized by products": (
        "PUT",
        "/collections/new",
        create(quantization_config={"product": {"compression": "x4"}}),
        400,
        [BAD, "product quantization"],
    ),
    "create of another": ("PUT", "/collections/new", create(init_from={"collection": "x"}), 400, [BAD, "init_from"]),
    "create of bits": (
        "PUT",
        "/collections/new",
        create(vectors={"size": 4, "distance": "Dot", "datatype": "bit"}),
        400,
        [FORMAT, "vectors.datatype", "expected one of `float32`, `uint8`, `float16`"],
    ),
    "create with few edges": (
        "PUT",
        "/collections/new",
        create(hnsw_config={"ef_construct": 3}),
        422,
        ["[hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]"],
    ),
    "create in strict mode": (
        "PUT",
        "/collections/new",
        create(strict_mode_config={"enabled": True, "max_query_limit": 1}),
        400,
        [BAD, "strict mode"],
    ),
    "create with shard keys": ("PUT", "/collections/new", create(sharding_method="custom"), 400, [BAD, "shard keys"]),
    "create in no time": ("PUT", "/collections/new?timeout=0", create(), 422, [RANGE_QUERY + "timeout: value 0"]),
    "create with a name no file has": ("PUT", "/collections/a%3Fb", create(), 422, ["Validation error in path"]),
    "create with a name that is no text": ("PUT", "/collections/%ff", create(), 400, ["Deserialize error in path"]),
    "create with a long name": ("PUT", "/collections/" + "n" * 256, create(), 422, ["from 1 to 255 characters"]),
    "delete what is not there": ("DELETE", "/collections/nowhere", None, 200, ['"result":false']),
    "delete in no time": ("DELETE", "/collections/nowhere?timeout=0", None, 422, [RANGE_QUERY]),
    # --- upsert
    "upsert nothing": ("PUT", P, {"points": []}, 400, ["Bad request: Empty update request"]),
    "upsert neither": ("PUT", P, {}, 400, ["Format error in JSON body: Invalid PointInsertOperations format"]),
    "upsert nowhere": ("PUT", "/collections/nowhere/points", {"points": POINTS[:1]}, 404, [NO_COLLECTION]),
    "upsert no id": ("PUT", P, {"points": [{"vector": V}]}, 400, [FORMAT, "missing field `id`"]),
    "upsert no vector": ("PUT", P, {"points": [{"id": 1}]}, 400, [FORMAT, "missing field `vector`"]),
    "upsert a bad id": ("PUT", P, {"points": [{"id": "x", "vector": V}]}, 400, [FORMAT, "value x " + NO_POINT_ID]),
    "upsert a negative id": ("PUT", P, {"points": [{"id": -1, "vector": V}]}, 400, [FORMAT, NO_POINT_ID]),
    "upsert a fraction": ("PUT", P, {"points": [{"id": 1.5, "vector": V}]}, 400, [FORMAT, NO_POINT_ID]),
    "upsert an id too large": (
        "PUT",
        P,
        '{"points":[{"id":18446744073709551616,"vector":[1,0,0,0]}]}',
        400,
        [FORMAT, NO_POINT_ID],
    ),
    "upsert a short vector": (
        "PUT",
        P,
        {"points": [{"id": 9, "vector": [1, 2, 3]}]},
        400,
        ["Wrong input: Vector dimension error: expected dim: 4, got 3"],
    ),
    "upsert a text in a vector": (
        "PUT",
        P,
        {"points": [{"id": 9, "vector": [1, 2, 3, "x"]}]},
        400,
        [FORMAT, "points[0].vector[3]: expected a number"],
    ),
    "upsert a number beyond float32": (
        "PUT",
        P + "?wait=true",
        '{"points":[{"id":9,"vector":[1e39,0,0,0]}]}',
        400,
        ["Wrong input: ", "beyond what a 32-bit float can hold"],
    ),
    "upsert a named vector": ("PUT", P, {"points": [{"id": 9, "vector": {"a": V}}]}, 400, [WRONG, NO_VECTOR + "a"]),
    "upsert a multivector": ("PUT", P, {"points": [{"id": 9, "vector": [V, V]}]}, 400, [WRONG, "between multi and regular vectors failed"]),
    "upsert a sparse vector": (
        "PUT",
        P,
        {"points": [{"id": 9, "vector": {"": {"indices": [1], "values": [1]}}}]},
        400,
        [WRONG, "Conversion between sparse and regular vectors failed"],
    ),
    "upsert an inference": (
        "PUT",
        P,
        {"points": [{"id": 9, "vector": {"text": "t", "model": "m"}}]},
        500,
        ["Service internal error: InferenceService is not initialized"],
    ),
    "upsert a payload of numbers": ("PUT", P, {"points": [{"id": 9, "vector": V, "payload": [1]}]}, 400, [FORMAT]),
    "upsert by shard key": ("PUT", P, {"points": POINTS[:1], "shard_key": "k"}, 400, [BAD, "shard_key"]),
    "upsert with a filter": ("PUT", P, {"points": POINTS[:1], "update_filter": {}}, 400, [BAD, "update_filter"]),
    "upsert in a mode": ("PUT", P, {"points": POINTS[:1], "update_mode": "insert_only"}, 400, [BAD, "update_mode"]),
    "upsert wait maybe": ("PUT", P + "?wait=maybe", {"points": POINTS[:1]}, 400, [QUERY]),
    "upsert in some order": ("PUT", P + "?ordering=any", {"points": POINTS[:1]}, 400, [QUERY]),
    "upsert in no time": ("PUT", P + "?timeout=0", {"points": POINTS[:1]}, 400, [QUERY]),
    "upsert in time": ("PUT", P + "?wait=true&timeout=9", {"points": POINTS[:1]}, 200, ["completed"]),
    "upsert and wait": ("PUT", P + "?wait=true&ordering=strong", {"points": POINTS[:1]}, 200, ['"status":"completed"']),
    "upsert and go": ("PUT", P, {"points": POINTS[:1]}, 200, ['"operation_id":', '"status":"acknowledged"']),
    "upsert with nulls": ("PUT", P, {"points": POINTS[:1], "shard_key": None}, 200, ["acknowledged"]),
    "upsert with a batch that is none": ("PUT", P, {"points": POINTS[:1], "batch": None}, 400, [FORMAT, "batch"]),
    "upsert what is unknown": ("PUT", P, {"points": [POINTS[0] | {"more": 1}], "more": 1}, 200, ["acknowledged"]),
    "batch": (
        "PUT",
        P + "?wait=true",
        {"batch": {"ids": [2, 3], "vectors": [p["vector"] for p in POINTS[1:3]], "payloads": [POINTS[1]["payload"], None]}},
        200,
        ["completed"],
    ),
    "batch of unequal vectors": ("PUT", P, {"batch": {"ids": [1, 2], "vectors": [V]}}, 422, ["Validation error"]),
    "batch of unequal payloads": (
        "PUT",
        P,
        {"batch": {"ids": [1], "vectors": [V], "payloads": []}},
        422,
        ["Validation error"],
    ),
    "batch of named vectors": ("PUT", P, {"batch": {"ids": [1], "vectors": {"a": [V]}}}, 400, [WRONG, NO_VECTOR + "a"]),
    "batch of no ids": ("PUT", P, {"batch": {"ids": [], "vectors": []}}, 400, ["Empty update request"]),
    "a body twice as a key": ("PUT", P, '{"points":[],"points":[{"id":1}]}', 400, [FORMAT]),
    # --- get
    "get one": ("GET", P + "/1", None, 200, ['"id":1', '"payload":{"city":"Bonn"', '"vector":[1']),
    "get the last number": ("GET", P + "/18446744073709551615", None, 200, ['"id":18446744073709551615', '"payload":{}']),
    "get a UUID": ("GET", P + "/" + UUID.upper().replace("-", ""), None, 200, [f'"id":"{UUID}"', '"nothing":null']),
    "get large numbers whole": ("GET", P + "/2", None, 200, ['"big":18446744073709551615', "Köln"]),
    "get floats as floats": ("GET", P + "/1", None, 200, ['"lat":1.0,"lon":2']),
    "get none": ("GET", P + "/5", None, 404, ["Not found: Point with id 5 does not exists!"]),
    "get nonsense": ("GET", P + "/x", None, 400, ['Wrong input: Can not recognize "x" as point id'.replace('"', '\\"')]),
    "get nowhere": ("GET", "/collections/nowhere/points/1", None, 404, [NO_COLLECTION]),
    "get consistently": ("GET", P + "/1?consistency=majority", None, 200, ['"id":1']),
    "get inconsistently": ("GET", P + "/1?consistency=some", None, 400, [QUERY]),
    "get in no time": ("GET", P + "/1?timeout=0", None, 400, [QUERY]),
    "get many": (
        "POST",
        P,
        {"ids": [3, 1, 9, 3], "with_payload": True},
        200,
        ['"result":[{"id":3,"payload":{}},{"id":1,"payload":{"city":"Bonn"'],
    ),
    "get many without payload": ("POST", P, {"ids": [1]}, 200, ['"result":[{"id":1}]']),
    "get many with vectors": ("POST", P, {"ids": [3], "with_vectors": True}, 200, ['"vector":[0']),
    "get many by name": ("POST", P, {"ids": [3], "with_vector": ["a"]}, 400, [WRONG, NO_VECTOR + "a"]),
    "get no ids": ("POST", P, {"ids": []}, 200, ['"result":[]']),
    "get without ids": ("POST", P, {}, 400, [FORMAT, "missing field `ids`"]),
    "get many nonsense": ("POST", P, {"ids": ["x"]}, 400, [FORMAT, NO_POINT_ID]),
    "get some payload": (
        "POST",
        P,
        {"ids": [1], "with_payload": ["at.lat"]},
        200,
        ['"payload":{"at":{"lat":1.0}}'],
    ),
    "get included payload": (
        "POST",
        P,
        {"ids": [1], "with_payload": {"include": ["city"]}},
        200,
        ['"payload":{"city":"Bonn"}'],
    ),
    "get payload but": (
        "POST",
        P,
        {"ids": [1], "with_payload": {"exclude": ["at", "tags"]}},
        200,
        ['"payload":{"city":"Bonn"}'],
    ),
    "get payload with two wishes": (
        "POST",
        P,
        {"ids": [1], "with_payload": {"include": ["a"], "exclude": ["b"]}},
        400,
        [FORMAT],
    ),
    "get payload by an unknown wish": ("POST", P, {"ids": [1], "with_payload": {"only": ["a"]}}, 400, [FORMAT]),
    "get payload by a bad path": ("POST", P, {"ids": [1], "with_payload": ["a..b"]}, 400, ["Invalid json path: 'a..b'"]),
    "get by shard key": ("POST", P, {"ids": [1], "shard_key": "k"}, 400, [BAD, "shard_key"]),
    # --- scroll
    "scroll": ("POST", P + "/scroll", {}, 200, ['"next_page_offset":null', '{"id":1,"payload":{"city"']),
    "scroll a page": ("POST", P + "/scroll", {"limit": 2}, 200, ['"next_page_offset":3']),
    "scroll on": (
        "POST",
        P + "/scroll",
        {"limit": 1, "offset": 3, "with_payload": False},
        200,
        ['"points":[{"id":3}],"next_page_offset":18446744073709551615'],
    ),
    "scroll from a UUID": ("POST", P + "/scroll", {"offset": UUID, "with_payload": False}, 200, [f'[{{"id":"{UUID}"}}]']),
    "scroll nothing": ("POST", P + "/scroll", {"limit": 0}, 422, [RANGE + "limit: value 0 invalid, must be 1 or larger]"]),
    "scroll with a filter": (
        "POST",
        P + "/scroll",
        {"filter": {"must": [{"key": "city", "match": {"value": "Bonn"}}]}},
        200,
        ['"points":[{"id":1,', '"next_page_offset":null'],
    ),
    "scroll with a filter of nothing": ("POST", P + "/scroll", {"filter": {"must": []}, "limit": 1}, 200, ['"next_page_offset":2']),
    "scroll in order": ("POST", P + "/scroll", {"order_by": "city"}, 400, [WRONG, "No range index for `order_by` key: `city`"]),
    "scroll with nulls": ("POST", P + "/scroll", {"filter": None, "offset": None, "order_by": None}, 200, ['"id":1']),
    "scroll by a text limit": ("POST", P + "/scroll", {"limit": "2"}, 400, [FORMAT, "limit"]),
    "scroll without a body": ("POST", P + "/scroll", None, 400, [FORMAT]),
    # --- count
    "count": ("POST", P + "/count", {}, 200, ['"result":{"count":5}']),
    "count about": ("POST", P + "/count", {"exact": False}, 200, ['"result":{"count":5}']),
    "count some": ("POST", P + "/count", {"filter": {"must_not": [{"has_id": [1, UUID]}]}}, 200, ['"result":{"count":3}']),
    "count nowhere": ("POST", "/collections/nowhere/points/count", {}, 404, [NO_COLLECTION]),
    "count exactly perhaps": ("POST", P + "/count", {"exact": 1}, 400, [FORMAT, "exact"]),
    # --- query
    "query": ("POST", P + "/query", query(), 200, ['"result":{"points":[{"id":', '"score":1.0']),
    "query by a member": ("POST", P + "/query", {"query": {"nearest": V}, "limit": 1}, 200, ['"score":1.0']),
    "query by id": ("POST", P + "/query", {"query": 1, "limit": 9}, 200, [f'"points":[{{"id":"{UUID}"', '"score":1.0']),
    "query by a UUID": ("POST", P + "/query", {"query": UUID, "limit": 1}, 200, ['"id":18446744073709551615', '"score":16']),
    "query by nobody": ("POST", P + "/query", {"query": 77}, 404, ["Not found: No point with id 77 found"]),
    "query by nothing": ("POST", P + "/query", {"limit": 2}, 200, ['"points":[{"id":1,"version":0,"score":0']),
    "query by null": ("POST", P + "/query", {"query": None, "offset": 4}, 200, [f'"points":[{{"id":"{UUID}"']),
    "query a short vector": ("POST", P + "/query", {"query": [1, 2]}, 400, ["expected dim: 4, got 2"]),
    "query a named vector": ("POST", P + "/query", query(using="a"), 400, [WRONG, "Vector with name a is not configured"]),
    "query the unnamed vector": ("POST", P + "/query", query(using=""), 200, ['"score":1.0']),
    "query with a prefetch of prefetches": ("POST", P + "/query", query(prefetch={"prefetch": {"query": V}, "query": V}), 400, [BAD, "prefetch"]),
    "query with a filter": (
        "POST",
        P + "/query",
        query(filter={"must": [{"key": "tags", "match": {"any": ["b"]}}]}),
        200,
        ['"points":[{"id":1,"version":', "}]}"],
    ),
    "query elsewhere": ("POST", P + "/query", query(query=1, lookup_from={"collection": "x"}), 404, ["Not found: Collection x not found"]),
    "query by fusion": ("POST", P + "/query", query(query={"fusion": "rrf"}), 400, [BAD, "cannot apply Fusion without prefetches"]),
    "query with diversity": ("POST", P + "/query", query(query={"nearest": V, "mmr": {}}), 400, [BAD, "mmr"]),
    "query none": ("POST", P + "/query", query(limit=0), 422, [RANGE + "limit: value 0 invalid, must be 1 or larger]"]),
    "query with a threshold": ("POST", P + "/query", query(score_threshold=1), 200, ['"points":[]']),
    "query behind an offset": ("POST", P + "/query", query(offset=4, limit=9), 200, ['"score":0']),
    "query with parameters": (
        "POST",
        P + "/query",
        query(params={"hnsw_ef": 10, "exact": True, "indexed_only": False, "quantization": {"oversampling": 2}}),
        200,
        ['"score":1.0'],
    ),
    "query oversampled less": (
        "POST",
        P + "/query",
        query(params={"quantization": {"oversampling": 0.5}}),
        422,
        ["[params.quantization.oversampling: "],
    ),
    "query with a text parameter": ("POST", P + "/query", query(params={"exact": "yes"}), 400, [FORMAT, "params.exact"]),
    "query with all": (
        "POST",
        P + "/query",
        query(limit=1, with_payload=["city"], with_vector=True, offset=1, score_threshold=None),
        200,
        ['"points":[{"id":', '"payload":', '"vector":['],
    ),
    "query a threshold without a query": ("POST", P + "/query", {"score_threshold": 1}, 400, [BAD, "score_threshold"]),
    "query in no time": ("POST", P + "/query?timeout=0", query(), 400, [QUERY]),
    "query in time": ("POST", P + "/query?timeout=9&consistency=2", query(), 200, ['"score":1.0']),
    "query batch": (
        "POST",
        P + "/query/batch",
        {"searches": [query(limit=1), {"query": 2, "limit": 1}]},
        200,
        ['"result":[{"points":[{"id":', '},{"points":[{"id":']
    ),
    "query batch of none": ("POST", P + "/query/batch", {"searches": []}, 200, ['"result":[]']),
    "query batch with one wrong": (
        "POST",
        P + "/query/batch",
        {"searches": [query(), query(limit=0)]},
        422,
        [RANGE + "searches[1].limit: value 0"],
    ),
    "query batch without": ("POST", P + "/query/batch", {}, 400, [FORMAT, "missing field `searches`"]),
    # --- search
    "search": ("POST", P + "/search", search(), 200, ['"result":[{"id":', '"score":1.0']),
    "search by top": ("POST", P + "/search", {"vector": V, "top": 1}, 200, ['"score":1.0}]']),
    "search without a limit": ("POST", P + "/search", {"vector": V}, 400, [FORMAT, "missing field `limit`"]),
    "search without a vector": ("POST", P + "/search", {"limit": 1}, 400, [FORMAT, "missing field `vector`"]),
    "search the unnamed": ("POST", P + "/search", search(vector={"name": "", "vector": V}), 200, ['"score":1.0']),
    "search a named": (
        "POST",
        P + "/search",
        search(vector={"name": "a", "vector": V}),
        400,
        [WRONG, "Vector with name a is not configured"],
    ),
    "search with a filter": ("POST", P + "/search", search(filter={"must": [{"has_id": [2]}]}), 200, ['"result":[{"id":2,']),
    "search none": ("POST", P + "/search", search(limit=0), 422, [RANGE + "limit: "]),
    "search batch": (
        "POST",
        P + "/search/batch",
        {"searches": [search(limit=1), search(limit=1)]},
        200,
        ['"result":[[{"id":', "}],[{"],
    ),
    "search nowhere": ("POST", "/collections/nowhere/points/search", search(), 404, [NO_COLLECTION]),
    # --- delete
    "delete points by nothing": ("POST", P + "/delete", {}, 400, [FORMAT, "untagged enum PointsSelector"]),
    "delete no points": ("POST", P + "/delete", {"points": []}, 400, ["Empty update request"]),
    "delete by filter": ("POST", P + "/delete?wait=true", {"filter": {"must": [{"has_id": [77]}]}}, 200, ['"status":"completed"']),
    "delete what is not there": ("POST", P + "/delete?wait=true", {"points": [77]}, 200, ['"status":"completed"']),
    "delete nowhere": ("POST", "/collections/nowhere/points/delete", {"points": [1]}, 404, [NO_COLLECTION]),
    # --- routes that are not built
    "aliases": ("GET", "C/aliases", None, 200, ['"result":{"aliases":[]}']),
    "no actions": ("POST", "/collections/aliases", {"actions": []}, 200, ['"result":true']),
    "no index": ("DELETE", "C/index/city?wait=true", None, 200, ['"status":"completed"']),
    "an index of an unknown type": ("PUT", "C/index", {"field_name": "city", "field_schema": "word"}, 400, [FORMAT, "word"]),
    "payload": ("POST", P + "/payload?wait=true", {"payload": {}, "points": [1]}, 200, ['"status":"completed"']),
    "payload of nobody": ("POST", P + "/payload", {"payload": {}}, 400, [FORMAT, "Either list of point ids or filter must be provided"]),
    "vectors": ("PUT", P + "/vectors", {"points": [{"id": 1, "vector": V}]}, 200, ['"status":"acknowledged"']),
    "changes in a batch": (
        "POST",
        P + "/batch?wait=true",
        {"operations": [{"delete": {"points": [77]}}, {"set_payload": {"payload": {}, "points": [1]}}]},
        200,
        ['"result":[{"operation_id":', '"status":"completed"},{"operation_id":'],
    ),
    "change nothing": ("PATCH", "C", {}, 200, ['"result":true']),
    "facet": ("POST", "C/facet", {"key": "city"}, 400, [WRONG, "No appropriate index for faceting: `city`"]),
    "snapshots": ("POST", "C/snapshots", None, 400, [BAD, "snapshots"]),
    "cluster": ("GET", "/cluster", None, 400, [BAD, "cluster"]),
    "telemetry": ("GET", "/telemetry", None, 400, [BAD, "telemetry"]),
}


def ask(gate, method, path, body=None):
    wire = http.client.HTTPConnection(gate.address, timeout=30)
    try:
        if body is not None and not isinstance(body, str):
            body = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        wire.request(method, path, body and body.encode())
        answer = wire.getresponse()
        return answer.status, answer.read().decode()
    finally:
        wire.close()


collections = {}


@pytest.fixture
def collection(gateway):
    """The small collection on this gateway: made once, and again after a row that changed it."""
    name = f"rest-{id(gateway):x}"
    if name not in collections:
        assert ask(gateway, "PUT", f"/collections/{name}", create())[0] == 200
        assert ask(gateway, "PUT", f"/collections/{name}/points?wait=true", {"points": POINTS})[0] == 200
        collections[name] = ask(gateway, "POST", f"/collections/{name}/points/scroll", {"with_vector": True})[1]
    return f"/collections/{name}"


def without_time(text):
    return text.rsplit('"time":', 1)[0]


@pytest.mark.parametrize("says", ROWS)
def test_route(gateway, collection, says):
    method, path, body, status, texts = ROWS[says]
    path = path.replace("C", collection, 1) if path.startswith(("C", "//C")) else path
    got = ask(gateway, method, path.replace("///collections", "//collections"), body)
    assert got[0] == status, got
    assert texts != [""] or got[1] == ""
    for text in texts:
        assert text in got[1]


def test_what_a_creation_says_is_told_again(tmp_path):
    """Also behind another vecgate, and after a restart."""
    params = {"size": 4, "distance": "Dot", "hnsw_config": {"m": 8}, "on_disk": True, "datatype": "float32"}
    said = {"vectors": params, "shard_number": 2, "wal_config": {"wal_capacity_mb": 8}}

    def check(gate):
        status, text = ask(gate, "GET", "/collections/told")
        config = json.loads(text)["result"]["config"]
        assert config["params"]["vectors"] == params
        assert config["params"]["shard_number"] == 2
        assert config["wal_config"]["wal_capacity_mb"] == 8

    with Gateway(tmp_path / "behind") as behind:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": behind.url}
        for _ in range(2):
            with Gateway(tmp_path / "before", env) as before:
                if "told" not in ask(behind, "GET", "/collections")[1]:
                    assert ask(before, "PUT", "/collections/told", said)[0] == 200
                check(before)
        check(behind)
    with Gateway(tmp_path / "behind") as behind:
        check(behind)


def test_the_rows_left_the_collection_as_it_was(gateway, collection):
    before = collections[collection.rsplit("/", 1)[1]]
    now = ask(gateway, "POST", f"{collection}/points/scroll", {"with_vector": True})[1]
    assert without_time(now) == without_time(before)
