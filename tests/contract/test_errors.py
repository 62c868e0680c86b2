"""What cannot be done is refused: the same status and the same sentence before every backend."""
import pytest

V = [1, 0]
# says: method, path, body, status, sentence; C is a collection of two dimensions with point 1, N has nothing
REFUSED = {
    "duplicate": ("PUT", "C", {"vectors": {"size": 9, "distance": "Dot"}}, 409, "Wrong input: Collection `C` already exists!"),
    "native duplicate": ("POST", "/v1/collections", {"name": "C", "dimension": 9}, 409, "Collection `C` already exists!"),
    "a short vector": (
        "PUT",
        "C/points?wait=true",
        {"points": [{"id": 2, "vector": [1]}]},
        400,
        "Wrong input: Vector dimension error: expected dim: 2, got 1",
    ),
    "a short query": ("POST", "C/points/query", {"query": [1]}, 400, "Wrong input: Vector dimension error: expected dim: 2, got 1"),
    "a vector of another name": (
        "PUT",
        "C/points?wait=true",
        {"points": [{"id": 2, "vector": {"a": V}}]},
        400,
        "Wrong input: Not existing vector name error: a",
    ),
    "a query of another name": (
        "POST",
        "C/points/query",
        {"query": V, "using": "a"},
        400,
        "Wrong input: Vector with name a is not configured in this collection",
    ),
    "no points": ("PUT", "C/points", {"points": []}, 400, "Bad request: Empty update request"),
    "a limit of none": (
        "POST",
        "C/points/query",
        {"query": V, "limit": 0},
        422,
        "Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]",
    ),
    "an order without an index": (
        "POST",
        "C/points/scroll",
        {"order_by": "n"},
        400,
        "Wrong input: No range index for `order_by` key: `n`. Please create one to use `order_by`: "
        "an integer index that has ranges, a float or a datetime index",
    ),
    "a fusion of nothing": ("POST", "C/points/query", {"query": {"fusion": "rrf"}}, 400, "Bad request: cannot apply Fusion without prefetches"),
}
# Whatever is asked of a collection that is not there is answered so.
NOWHERE = {
    "info": ("GET", "N", None),
    "change": ("PATCH", "N", {"hnsw_config": {"m": 8}}),
    "upsert": ("PUT", "N/points", {"points": [{"id": 1, "vector": V}]}),
    "delete": ("POST", "N/points/delete", {"points": [1]}),
    "set payload": ("POST", "N/points/payload", {"payload": {"a": 1}, "points": [1]}),
    "change vectors": ("PUT", "N/points/vectors", {"points": [{"id": 1, "vector": V}]}),
    "changes": ("POST", "N/points/batch", {"operations": [{"delete": {"points": [1]}}]}),
    "get": ("POST", "N/points", {"ids": [1]}),
    "get one": ("GET", "N/points/1", None),
    "query": ("POST", "N/points/query", {"query": V}),
    "groups": ("POST", "N/points/query/groups", {"query": V, "group_by": "g"}),
    "search": ("POST", "N/points/search", {"vector": V, "limit": 1}),
    "scroll": ("POST", "N/points/scroll", {}),
    "count": ("POST", "N/points/count", {}),
    "facet": ("POST", "N/facet", {"key": "a"}),
    "index": ("PUT", "N/index", {"field_name": "a", "field_schema": "keyword"}),
}
FORMAT = "Format error in JSON body: "
RANGE = "Validation error in JSON body: ["
# What a filter may not be: status, and words of what is said of it
BAD_FILTERS = {
    "an unknown clause": ({"mast": []}, 400, FORMAT, "mast"),
    "an unknown condition": (
        {"must": [{"key": "a", "matches": {"value": 1}}]},
        422,
        RANGE,
        "filter.must[0]: At least one field condition must be specified",
    ),
    "a match of a fraction": ({"must": [{"key": "a", "match": {"value": 1.5}}]}, 400, FORMAT, "filter.must[0].match"),
    "a range of words": ({"must": [{"key": "a", "range": {"gt": "soon"}}]}, 400, FORMAT, "filter.must[0].range.gt"),
    "no id": ({"must": [{"has_id": ["x"]}]}, 400, FORMAT, "value x is not a valid point ID"),
}


@pytest.fixture
def one(make):
    c = make()
    c.put({"id": 1, "vector": V})
    return c


def at(path, collection):
    for short, name in (("C", collection.name), ("N", collection.name + "-none")):
        if path.startswith(short):
            return f"/collections/{name}{path[1:]}"
    return path


@pytest.mark.parametrize("says", REFUSED)
def test_refused(says, api, one):
    method, path, body, status, said = REFUSED[says]
    if body.get("name") == "C":
        body = body | {"name": one.name}
    answer = api.call(method, at(path, one), body)
    assert (answer.status, answer.said) == (status, said.replace("`C`", f"`{one.name}`"))
    assert one.ids() == [1], "nothing of it was done"


@pytest.mark.parametrize("says", NOWHERE)
def test_nowhere(says, api, one):
    method, path, body = NOWHERE[says]
    if api.neighbour:
        api.neighbour.have(f"{one.name}-none")
    api.wrong(method, at(path, one), body, 404, f"Not found: Collection `{one.name}-none` doesn't exist!")


@pytest.mark.parametrize("path", ["/scroll", "/count", "/delete", "/query"])
@pytest.mark.parametrize("says", BAD_FILTERS)
def test_a_filter_that_is_none(says, path, api, one):
    """Refused, never widened: above all a delete."""
    filter, status, begins, word = BAD_FILTERS[says]
    answer = api.call("POST", f"{one.points}{path}", {"filter": filter})
    assert answer.status == status and answer.said.startswith(begins), answer
    assert word in answer.said, answer
    assert one.ids() == [1]


def test_a_dimension_beyond_what_the_backend_can(api, make):
    most = api.can["max_vector_dimensions"]
    if most == 0 or most > 65536:
        most = 65536  # what both APIs allow
    make(vectors={"size": most, "distance": "Dot"})
    name = {"name": "too-wide", "dimension": most + 1}
    answer = api.call("POST", "/v1/collections", name)
    assert answer.status in (400, 422) and str(most) in answer.said, answer
    api.wrong("GET", "/collections/too-wide", None, 404, "Not found: Collection `too-wide` doesn't exist!")
