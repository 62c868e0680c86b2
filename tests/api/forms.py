"""A program written for Qdrant that keeps vectors of every form: sparse ones, multivectors, float16 and bytes. All
that it reads and finds is what the client's own in-process mode answers. Run with the URL of a server."""
import random
import sys

from qdrant_client import QdrantClient, models
from walk import connect, name_of

NAME = name_of("forms")
POINTS, SIZE, INDICES = 120, 6, 30
M, D, S = models, models.Distance, models.SparseVector
MAX_SIM = M.MultiVectorConfig(comparator=M.MultiVectorComparator.MAX_SIM)
chance = random.Random(7)

VECTORS = {
    "half": M.VectorParams(size=SIZE, distance=D.EUCLID, datatype=M.Datatype.FLOAT16),
    "byte": M.VectorParams(size=SIZE, distance=D.MANHATTAN, datatype=M.Datatype.UINT8),
    "byte-dot": M.VectorParams(size=SIZE, distance=D.DOT, datatype=M.Datatype.UINT8),
    "multi": M.VectorParams(size=SIZE, distance=D.COSINE, multivector_config=MAX_SIM),
    "multi-euclid": M.VectorParams(size=SIZE, distance=D.EUCLID, multivector_config=MAX_SIM),
    "multi-half": M.VectorParams(size=SIZE, distance=D.DOT, datatype=M.Datatype.FLOAT16, multivector_config=MAX_SIM),
}
SPARSE = {
    "sparse": M.SparseVectorParams(index=M.SparseIndexParams(on_disk=True)),
    "idf": M.SparseVectorParams(modifier=M.Modifier.IDF),
}
# In-process modes differ in whether a point without the vector counts for idf; the oldest fails without rows.
ALWAYS = {"idf", "multi", "multi-euclid", "multi-half"}


def numbers(name):
    """What every datatype holds exactly."""
    least, most, unit = (0, 256, 1) if name.startswith("byte") else (-64, 64, 32)
    return [chance.randrange(least, most) / unit for _ in range(SIZE)]


def make(name):
    if name in SPARSE:
        indices = chance.sample(range(INDICES), chance.randrange(1, 8))
        return S(indices=indices, values=[chance.randrange(1, 64) / 32 for _ in indices])
    return [numbers(name) for _ in range(chance.randrange(1, 4))] if name.startswith("multi") else numbers(name)


def plain(vector):
    return {i: v for i, v in zip(vector.indices, vector.values)} if isinstance(vector, S) else vector


def near(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(near(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(near, a, b))
    return abs(a - b) <= 2e-4 * (1 + abs(b))


def both(there, here, call):
    return call(there), call(here)


def fill(client):
    client.create_collection(NAME, vectors_config=VECTORS, sparse_vectors_config=SPARSE)


def check_read(there, here):
    got, wanted = both(there, here, lambda c: c.scroll(NAME, limit=POINTS, with_vectors=True)[0])
    assert [p.id for p in got] == [p.id for p in wanted]
    for one, other in zip(got, wanted):
        a, b = ({n: plain(v) for n, v in p.vector.items()} for p in (one, other))
        assert near(a, b), (one.id, a, b)


def check_found(there, here, name, vector, **also):
    """The same scores in the same order, and the same points where scores differ from those beside them."""
    got, wanted = both(
        there, here, lambda c: c.query_points(NAME, query=vector, using=name, limit=15, **also).points)
    assert near([p.score for p in got], [p.score for p in wanted]), (name, got, wanted)
    for i, (one, other) in enumerate(zip(got, wanted)):
        beside = [w.score for k, w in enumerate(wanted) if abs(k - i) == 1]
        if i + 1 < len(wanted) and not any(near(other.score, s) for s in beside):
            assert one.id == other.id, (name, i, got, wanted)


def check_all(there, here, names):
    check_read(there, here)
    few = M.Filter(must=[M.FieldCondition(key="n", range=M.Range(lt=20))])
    odd = M.Filter(must=[M.FieldCondition(key="odd", match=M.MatchValue(value=True))])
    for name in names:
        for _ in range(4):
            check_found(there, here, name, make(name))
            check_found(there, here, name, make(name), query_filter=odd)
            check_found(there, here, name, make(name), query_filter=few)
        check_found(there, here, name, make(name), offset=3, score_threshold=1)


def check_description(there):
    params = there.get_collection(NAME).config.params
    for name, wanted in VECTORS.items():
        got = params.vectors[name]
        assert (got.size, got.distance, got.datatype) == (wanted.size, wanted.distance, wanted.datatype), name
        assert got.multivector_config == wanted.multivector_config, name
    assert params.sparse_vectors["idf"].modifier == M.Modifier.IDF
    assert params.sparse_vectors["sparse"].index.on_disk is True


def change(there, here):
    names = ("sparse", "half")  # the oldest in-process mode leaves multivectors as they were
    fresh = [M.PointVectors(id=n, vector={name: make(name) for name in names}) for n in range(0, 60, 3)]
    both(there, here, lambda c: c.update_vectors(NAME, fresh))
    both(there, here, lambda c: c.delete_vectors(NAME, ["idf", "byte"], list(range(0, 60, 4))))
    both(there, here, lambda c: c.delete(NAME, list(range(5, POINTS, 10))))


def main():
    there, here = connect(sys.argv[1], timeout=60), QdrantClient(":memory:")
    both(there, here, fill)
    points = [
        M.PointStruct(id=n, payload={"n": n, "odd": n % 2 == 1},
                      vector={name: make(name) for name in [*VECTORS, *SPARSE] if name in ALWAYS or chance.random() < 0.8})
        for n in range(POINTS)
    ]
    both(there, here, lambda c: c.upsert(NAME, points))
    check_description(there)
    check_all(there, here, [*VECTORS, *SPARSE])
    change(there, here)
    check_all(there, here, [*VECTORS, "sparse"])  # the in-process mode goes on counting deleted vectors for idf
    there.delete_collection(NAME)
    print("all as it should be")


if __name__ == "__main__":
    main()
