#!/usr/bin/env python3
"""Writes tests/fault/data/format-<n>.tar.gz with the vecgate of $VECGATE: data directories of the format that it
writes, ended cleanly and killed, and what they hold. Run once before the format changes; test_format.py reads it.

    make_fixture.py NAME        such as format-1
"""
import io
import json
import pathlib
import random
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from fields import FIELDS, make_payload  # noqa: E402
from gateway import Gateway  # noqa: E402
from workload import Api, Wrong  # noqa: E402

UUID = "550e8400-e29b-41d4-a716-446655440000"
PAYLOADS = [
    {"city": "Köln", "at": {"lat": 50.9, "lon": 6.9}, "tags": ["a", "b", None], "n": 18446744073709551615},
    {"float": 1.0, "big": 1e300, "deep": {"a": [{"b": {"c": [1, 2.5, "x"]}}]}, "no": None, "yes": True},
    {},
    {"text": "line\nbreak \"quoted\" \\ \u0001 🙂", "date": "2024-02-29T12:00:00Z", "uuid": UUID},
]


def write(api):
    """Through both APIs: every kind of id, every metric, replaced and deleted points, settings."""
    def native(method, path, body=None):
        status, answer = api.call(method, path, body)
        if status not in (200, 201, 204):
            raise Wrong(f"{method} {path}: {status} {answer}")

    native("POST", "/v1/collections", {"name": "words", "dimension": 3, "metric": "cosine"})
    ids = [0, 7, 2**63, 2**64 - 1, UUID, "a text", "ünï/code?", "x" * 512]
    points = [{"id": i, "vector": [1.0, n, -0.5], "payload": PAYLOADS[n % 4]} for n, i in enumerate(ids)]
    native("PUT", "/v1/collections/words/points", {"points": points})
    native("POST", "/v1/collections/words/points/delete", {"ids": [7, "a text"]})
    for metric in ("Dot", "Euclid", "Manhattan"):
        api.good("PUT", f"/collections/{metric}",
                 {"vectors": {"size": 4, "distance": metric, "on_disk": True, "hnsw_config": {"m": 24}},
                  "on_disk_payload": False})
        many = [{"id": n, "vector": [n, n / 3, -n, 0.1], "payload": {"n": n, **PAYLOADS[n % 4]}} for n in range(120)]
        api.good("PUT", f"/collections/{metric}/points?wait=true", {"points": many})
        again = [{"id": n, "vector": [9, 8, 7, n]} for n in range(0, 120, 11)]
        api.good("PUT", f"/collections/{metric}/points?wait=true", {"points": again})
        api.good("POST", f"/collections/{metric}/points/delete?wait=true", {"points": list(range(5, 120, 7))})
    api.good("PUT", "/collections/empty", {"vectors": {"size": 65536, "distance": "Cosine"}})
    api.good("PUT", "/collections/bare", {"vectors": {"size": 2, "distance": "Cosine"}})
    api.good("PUT", "/collections/bare/points?wait=true", {"points": [{"id": 1, "vector": {}}, {"id": 2, "vector": [0, 0]}]})
    api.good("PUT", "/collections/dropped", {"vectors": {"size": 2, "distance": "Dot"}})
    api.good("PUT", "/collections/dropped/points?wait=true", {"points": [{"id": 1, "vector": [1, 2]}]})
    api.good("DELETE", "/collections/dropped")
    write_named(api)
    write_forms(api)


def write_named(api):
    """Several vectors, an index of every kind, some declared before the points and some after, aliases, settings."""
    chance, name = random.Random(2), "/collections/named"
    sizes = {"a": 2, "b": 3, "c": 1}
    api.good("PUT", name, {"vectors": {v: {"size": n, "distance": "Dot", "on_disk": True} for v, n in sizes.items()}})
    for key, field in list(FIELDS.items())[:4]:
        api.good("PUT", f"{name}/index?wait=true", {"field_name": key, "field_schema": field.schemas[-1]})
    points = [{"id": n, "payload": make_payload(chance, n, 0),
               "vector": {v: [n, 0.5, -n][:size] for v, size in sizes.items() if chance.random() < 0.7}} for n in range(150)]
    api.good("PUT", f"{name}/points?wait=true", {"points": points})
    for key, field in list(FIELDS.items())[4:]:
        api.good("PUT", f"{name}/index?wait=true", {"field_name": key, "field_schema": field.schemas[-1]})
    api.good("POST", f"{name}/points/payload/delete?wait=true", {"keys": ["text"], "points": list(range(0, 150, 9))})
    api.good("PUT", f"{name}/points/vectors?wait=true", {"points": [{"id": 3, "vector": {"b": [1, 2, 3]}}]})
    api.good("POST", f"{name}/points/vectors/delete?wait=true", {"points": [4, 5], "vector": ["a", "c"]})
    api.good("POST", f"{name}/points/delete?wait=true",
             {"filter": {"must": [{"key": "mark", "range": {"gte": 140}}]}})
    api.good("DELETE", f"{name}/index/yes?wait=true")
    api.good("PATCH", name, {"hnsw_config": {"m": 33}, "vectors": {"b": {"hnsw_config": {"m": 44}}}})
    api.good("POST", "/collections/aliases", {"actions": [
        {"create_alias": {"alias_name": "one", "collection_name": "named"}},
        {"create_alias": {"alias_name": "other", "collection_name": "words"}},
        {"rename_alias": {"old_alias_name": "one", "new_alias_name": "many"}}]})


def write_forms(api):
    """Vectors of every kind and datatype, replaced, deleted and given one by one; rows of different numbers."""
    chance, name = random.Random(3), "/collections/forms"
    api.good("PUT", name, {
        "vectors": {
            "rows": {"size": 3, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}},
            "half": {"size": 3, "distance": "Cosine", "datatype": "float16", "on_disk": True},
            "byte": {"size": 3, "distance": "Euclid", "datatype": "uint8",
                     "quantization_config": {"scalar": {"type": "int8", "always_ram": True}}}},
        "sparse_vectors": {
            "words": {"modifier": "idf"},
            "plain": {"index": {"on_disk": True, "full_scan_threshold": 100, "datatype": "float16"}}}})
    forms = {
        "rows": lambda n: [[n, row, -0.25] for row in range(1 + n % 4)],
        "half": lambda n: [1, n / 7, -2],
        "byte": lambda n: [n, 255 - n, 7],
        "words": lambda n: {"indices": [2**32 - 1, n, 1000 + n % 5], "values": [0.5, -1, n + 0.125]},
        "plain": lambda n: {"indices": [n] if n % 3 else [], "values": [1.5] if n % 3 else []},
    }

    def some(n, share):
        return {v: form(n) for v, form in forms.items() if chance.random() < share}

    points = [{"id": n, "vector": some(n, 0.7), "payload": {"n": n}} for n in range(120)]
    api.good("PUT", f"{name}/points?wait=true", {"points": points})
    again = [{"id": n, "vector": some(n + 1, 0.7)} for n in range(0, 120, 11)]
    api.good("PUT", f"{name}/points?wait=true", {"points": again})
    api.good("PUT", f"{name}/points/vectors?wait=true",
             {"points": [{"id": n, "vector": {"words": forms["words"](7), "rows": [[1, 2, 3]]}} for n in (3, 4)]})
    api.good("POST", f"{name}/points/vectors/delete?wait=true", {"points": [4, 5, 6], "vector": ["words", "half"]})
    api.good("POST", f"{name}/points/delete?wait=true", {"points": list(range(8, 120, 13))})


def content(api):
    """All that a client finds, in words that later versions still say."""
    names = sorted(c["name"] for c in api.good("GET", "/collections")["collections"])
    found = {}
    for name in names:
        info = api.good("GET", f"/collections/{name}")
        status, page = api.call("POST", f"/v1/collections/{name}/points/scroll",
                                {"limit": 1000, "with_payload": True, "with_vector": True})
        if status != 200:
            raise Wrong(f"{name}: {status} {page}")
        found[name] = {
            "vectors": info["config"]["params"]["vectors"],
            "on_disk_payload": info["config"]["params"]["on_disk_payload"],
            "count": info["points_count"],
            "points": page["points"],
        }
        found[name] |= what_is_more(api, name, info)
    return found


def what_is_more(api, name, info):
    """What the first format had not, where there is some."""
    more = {
        "sparse_vectors": info["config"]["params"].get("sparse_vectors"),
        "payload_schema": info["payload_schema"],
        "aliases": sorted(a["alias_name"] for a in api.good("GET", f"/collections/{name}/aliases")["aliases"]),
        "m": info["config"]["hnsw_config"]["m"] if info["config"]["hnsw_config"]["m"] != 16 else None,
    }
    return {key: value for key, value in more.items() if value}


def make(folder):
    """{the folder in the archive: the gateway's data directory}, and what each holds."""
    made, held = {}, None
    for ending in ("ended", "killed"):
        gate = Gateway(folder / ending)
        with gate:
            api = Api(gate.address)
            write(api)
            held = content(api)
            api.close()
            if ending == "killed":
                gate.kill()
        made[ending] = gate.data
    return made, held


def add(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def main(name):
    (HERE / "data").mkdir(exist_ok=True)
    target = HERE / "data" / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="vecgate-") as folder:
        made, held = make(pathlib.Path(folder))
        with tarfile.open(target, "w:gz") as archive:
            add(archive, "content.json", json.dumps(held, ensure_ascii=False).encode())
            for ending, data in made.items():
                for path in sorted(p for p in data.rglob("*") if p.is_file() and not p.name.endswith("-shm")):
                    add(archive, f"{ending}/{path.relative_to(data)}", path.read_bytes())
    print(f"{target.relative_to(HERE.parents[1])}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
