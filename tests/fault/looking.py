"""What a client of a gateway, or whoever opens its directory, finds: in the words of a writer's state (workload.py).

Each look also holds what is found to itself: what is listed is described, counted and exists; a filter that a payload
index answers finds what the payloads say; facets and orders have what the points have.
"""
import json
import random

from fields import FIELDS, meets, shown, values
from workload import NAMED, SETTINGS, SHAPE, SHARED, STRIDE, Wrong

SIZES = {"a": 2, "b": 3, "c": 1}  # of NAMED
DEFAULTS = {"ef_construct": 100, "full_scan_threshold": 10000, "m": 16, "vacuum_min_vector_number": 1000,
            "indexing_threshold": 20000, "flush_interval_sec": 5}
EVERYTHING = 100_000


def create_shared(api):
    for name in SHARED:
        vectors = {"size": 2, "distance": "Dot"}
        if name == NAMED:
            vectors = {v: {"size": size, "distance": d} for (v, size), d in zip(SIZES.items(), ("Dot", "Euclid", "Manhattan"))}
        api.good("PUT", f"/collections/{name}", {"vectors": vectors})


# --- whose is what

def owner_of(thing):
    """The number of the writer whose it is; None: everybody's, a shared collection."""
    if isinstance(thing, str):
        return None if thing in SHARED else int(thing.removeprefix("own-"))
    kind, name, *key = thing
    if kind == "alias":
        return int(name.split("-")[1])
    if name not in SHARED:
        return owner_of(name)
    if kind == "index":
        return list(FIELDS).index(key[0])
    return [f"{section}.{setting}" for section, setting in SETTINGS].index(key[0])


def split(world, count):
    """What is found, as each of `count` writers knows it."""
    parts = [{} for _ in range(count)]
    for thing, value in world.items():
        owner = owner_of(thing)
        if owner is not None:
            if owner >= count:
                raise Wrong(f"{thing} is nobody's: {value}")
            parts[owner][thing] = value
            continue
        for part in parts:
            part[thing] = {}
        for number, point in value.items():
            parts[number // STRIDE][thing][number] = point
    for name in (n for n in world if isinstance(n, str) and n not in SHARED):
        foreign = [i for i in world[name] if i // STRIDE != owner_of(name)]
        if foreign:
            raise Wrong(f"{name}: points {foreign[:5]} are nobody's")
    return parts


# --- through the front door

def settings_in(name, config, vectors):
    """`config`: section to settings, by the names of answers; `vectors`: the first vector's params."""
    found = {}
    for section, setting in SETTINGS:
        value = config.get(section, {}).get(setting, DEFAULTS[setting])
        if value != DEFAULTS[setting]:
            found["setting", name, f"{section}.{setting}"] = value
    of_vector = (vectors.get("hnsw_config") or {}).get("ef_construct")
    return found | ({("setting", name, "vector"): of_vector} if of_vector is not None else {})


def described(name, info):
    """All of a collection but its points."""
    config = info["config"]
    vectors = config["params"]["vectors"]
    named = vectors if "size" not in vectors else {"": vectors}
    found = {}
    shape = tuple((v, params["size"]) for v, params in named.items())
    if name not in SHARED and shape != SHAPE:
        found["vectors", name] = shape
    sections = {"hnsw_config": config["hnsw_config"], "optimizers_config": config["optimizer_config"]}
    found |= settings_in(name, sections, next(iter(named.values())))
    for key, index in info["payload_schema"].items():
        found["index", name, key] = (index["data_type"], index.get("params"))
    return found


def vectors_of(point):
    vectors = point.get("vector") or {}
    return {"": vectors} if isinstance(vectors, list) else vectors


def read_points(api, name):
    page = api.good("POST", f"/collections/{name}/points/scroll",
                    {"limit": EVERYTHING, "with_payload": True, "with_vector": True})
    counted = api.good("POST", f"/collections/{name}/points/count", {"exact": True})["count"]
    points = {p["id"]: (p["payload"], vectors_of(p)) for p in page["points"]}
    if page["next_page_offset"] is not None or counted != len(points):
        raise Wrong(f"{name}: {len(points)} points, counted {counted}")
    return points


def check_filter(api, name, key, points):
    """With the index and without one the answer is that of the payloads."""
    condition, holds = FIELDS[key].ask(random.Random(len(points)))
    want = sum(meets(payload, key, holds) for payload, _ in points.values())
    have = api.good("POST", f"/collections/{name}/points/count", {"filter": {"must": [{"key": key} | condition]}})["count"]
    if have != want:
        raise Wrong(f"{name}: {condition} on {key} finds {have} points, not {want}")


def check_facet(api, name, key, points):
    counts = {}
    for payload, _ in points.values():
        for value in set(values(payload, key)):
            counts[value] = counts.get(value, 0) + 1
    hits = api.good("POST", f"/collections/{name}/facet", {"key": key, "limit": 1000, "exact": True})["hits"]
    if {hit["value"]: hit["count"] for hit in hits} != counts:
        raise Wrong(f"{name}: the facet of {key} is {hits}, not {counts}")


def check_order(api, name, key, points):
    ordered = api.good("POST", f"/collections/{name}/points/scroll", {"limit": EVERYTHING, "order_by": key})["points"]
    want = sorted((payload[key], i) for i, (payload, _) in points.items() if values(payload, key))
    if [p["id"] for p in ordered] != [i for _, i in want]:
        raise Wrong(f"{name}: ordered by {key} there are {len(ordered)} points, not {len(want)}")


def check_index(api, name, key, info, points):
    check_filter(api, name, key, points)
    if info["status"] != "green":
        return  # it is being filled: nothing more is promised
    want = sum(bool(values(payload, key)) for payload, _ in points.values())
    if info["payload_schema"][key]["points"] != want:
        raise Wrong(f"{name}: the index of {key} has {info['payload_schema'][key]} points, not {want}")
    if FIELDS[key].facet:
        check_facet(api, name, key, points)
    if FIELDS[key].order_by:
        check_order(api, name, key, points)


def read_collection(api, name, info):
    points = read_points(api, name)
    keys = sorted(info["payload_schema"])
    if keys:  # one of them each time
        check_index(api, name, keys[len(points) % len(keys)], info, points)
    check_filter(api, name, list(FIELDS)[len(points) % len(FIELDS)], points)
    return {name: points} | described(name, info)


def read_aliases(api, listed):
    found = {a["alias_name"]: a["collection_name"] for a in api.good("GET", "/aliases")["aliases"]}
    dangling = {alias: name for alias, name in found.items() if name not in listed}
    if dangling:
        raise Wrong(f"aliases of what is not there: {dangling}")
    for alias, name in found.items():
        mine = api.good("GET", f"/collections/{alias}/aliases")["aliases"]
        if {"alias_name": alias, "collection_name": name} not in mine:
            raise Wrong(f"{alias} stands for {name}, and is not among its aliases: {mine}")
    return {("alias", alias): name for alias, name in found.items()}


def read_world(api, names):
    """What a client finds; each of the names, and what is listed, must be wholly there or wholly not."""
    listed = {c["name"] for c in api.good("GET", "/collections")["collections"]}
    world = {}
    for name in sorted(listed | set(names)):
        exists = api.good("GET", f"/collections/{name}/exists")["exists"]
        status, answer = api.call("GET", f"/collections/{name}")
        if exists != (name in listed) or status != (200 if exists else 404):
            raise Wrong(f"{name}: listed {name in listed}, exists {exists}, described with {status}")
        if exists:
            world |= read_collection(api, name, answer["result"])
    return world | read_aliases(api, listed)


# --- without a server: the verifier's line

def opened_collection(name, found):
    points = {p["id"]: (p["payload"], p["vectors"]) for p in found["points"]}
    if found["count"] != len(points):
        raise Wrong(f"{name}: {len(points)} points, loaded {found['count']}")
    params = found["vectors"]
    shape = tuple((v["name"], v["size"]) for v in params)
    world = {name: points} | settings_in(name, found["settings"], params[0])
    if name not in SHARED and shape != SHAPE:
        world["vectors", name] = shape
    for key, (kind, declared) in found["fields"].items():
        world["index", name, key] = (kind, declared)
    return world


def opened_world(line):
    """verify.c's line as what a client would find, once the server has tidied up."""
    answer = json.loads(line)
    if not answer["opens"]:
        raise Wrong(f"the store does not open, or contradicts itself: {answer['why']}")
    rows, world, there = answer["rows"], {}, set()
    for name, found in answer["collections"].items():
        if rows.get(name, "ready") != "deleting":  # without a row it is adopted
            there.add(name)
            world |= opened_collection(name, found)
    lost = [n for n, state in rows.items() if state == "ready" and n not in there]
    if lost:
        raise Wrong(f"{lost} have a row that is ready, and nothing behind it")
    return world | {("alias", a["name"]): a["collection"] for a in answer["aliases"] if a["collection"] in there}
