"""Collections and queries as JSON values, and how Qdrant's Python client runs them: the same code for an
in-process client and for one that talks to vecgate. Stands alone: a failing case is printed with it.

A collection: {"vectors": {name: params}, "sparse_vectors": {name: params}, "indexes": {key: type},
"points": […], "edits": [[verb, arguments…]]}; the vector named "" is the unnamed one. A query: [call, body], the
body as it goes over the wire."""
import warnings

from qdrant_client import models

# What the client calls the members of a body.
RENAMED = {"filter": "query_filter", "params": "search_params", "with_vector": "with_vectors", "vector": "query_vector"}
# Call: the client's method, the model of its body. Newer clients have the first four alone.
CALLS = {
    "query": ("query_points", "QueryRequest"),
    "query groups": ("query_points_groups", "QueryGroupsRequest"),
    "pairs": ("search_matrix_pairs", "SearchMatrixRequest"),
    "offsets": ("search_matrix_offsets", "SearchMatrixRequest"),
    "search": ("search", "SearchRequest"),
    "search groups": ("search_groups", "SearchGroupsRequest"),
    "recommend": ("recommend", "RecommendRequest"),
    "recommend groups": ("recommend_groups", "RecommendGroupsRequest"),
    "discover": ("discover", "DiscoverRequest"),
}
BATCHES = {"query": "query_batch_points", "search": "search_batch", "recommend": "recommend_batch", "discover": "discover_batch"}


def ask(client, collection, call, body):
    """The client's answer; points of a query are a plain list."""
    method, request = CALLS[call]
    parsed = getattr(models, request)(**body)
    client = client._client if call == "query groups" else client  # the outer one forgets lookup_from
    answer = getattr(client, method)(collection, **{RENAMED.get(name, name): getattr(parsed, name) for name in body})
    return answer.points if call == "query" else answer


def ask_all(client, collection, call, bodies):
    """The answers to one batch."""
    answers = getattr(client, BATCHES[call])(collection, [getattr(models, CALLS[call][1])(**body) for body in bodies])
    return [answer.points for answer in answers] if call == "query" else answers


def structs(points, kind=models.PointStruct):
    return [kind(**point) for point in points]


EDITS = {
    "upsert": lambda client, name, points: client.upsert(name, structs(points)),
    "delete": lambda client, name, ids: client.delete(name, models.PointIdsList(points=ids)),
    "set_payload": lambda client, name, payload, ids: client.set_payload(name, payload, ids),
    "update_vectors": lambda client, name, points: client.update_vectors(name, structs(points, models.PointVectors)),
    "delete_vectors": lambda client, name, names, ids: client.delete_vectors(name, names, ids),
}


def make(client, name, collection):
    vectors = {each: models.VectorParams(**params) for each, params in collection["vectors"].items()}
    sparse = {each: models.SparseVectorParams(**params) for each, params in collection["sparse_vectors"].items()}
    client.create_collection(name, vectors_config=vectors[""] if list(vectors) == [""] else vectors,
                             sparse_vectors_config=sparse or None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the in-process client says that it has no indexes
        for key, kind in collection["indexes"].items():
            client.create_payload_index(name, key, models.PayloadSchemaType(kind), wait=True)
    client.upsert(name, structs(collection["points"]), wait=True)
    for verb, *arguments in collection["edits"]:
        EDITS[verb](client, name, *arguments)
