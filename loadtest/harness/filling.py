"""Filling a collection with Points: how fast a server acknowledges them, and how long until its index has
them all."""
import dataclasses
import json
import re
import subprocess
import time

from .process import compiled, cpu_seconds, memory
from .points import FIELDS
from .servers import Client, Wrong

M, EF_CONSTRUCT = 16, 200  # of every index that is compared
BATCH, CONNECTIONS = 100, 8
NO_INDEX_SECONDS = 3  # as long without one indexed vector, and there will be no index
LONGEST_SECONDS = 600
POLL_SECONDS = 0.02
TURN_GOAL_MS = 2
SMALL_BYTES = 32 << 20  # of vectors: fewer get no index unless it is asked for
TURNS = [re.compile(rb"^vecgate_loop_turn_%smax_seconds (\S+)" % cpu, re.M) for cpu in (b"", b"cpu_")]


@dataclasses.dataclass
class Filled:
    """One filling."""

    acknowledged_seconds: float
    indexed_seconds: float  # from the first request on; None: the server makes no index
    cpu: float  # seconds, until indexed; None: not seen
    p50_us: float
    p99_us: float
    failures: int
    pss: int = 0  # bytes, when all was indexed
    turn_ms: tuple = (0.0, 0.0)  # the loop's longest since the start, by the clock and of CPU time


def create(client, points, name):
    settings = {"vectors": {"size": points.dimensions, "distance": "Cosine"},
                "hnsw_config": {"m": M, "ef_construct": EF_CONSTRUCT}}
    if points.count * points.dimensions * 4 < SMALL_BYTES:
        settings["hnsw_config"]["full_scan_threshold"] = 10
        settings["optimizers_config"] = {"indexing_threshold": 10}
    client.ask("PUT", f"/collections/{name}", settings)
    for field, schema in FIELDS.items():
        body = {"field_name": field, "field_schema": schema}
        client.ask("PUT", f"/collections/{name}/index?wait=true", body)


def fill(server, points, name):
    """A new collection of all the points. `server` has an address, and pids if it can be seen."""
    with Client(server.address) as client:
        create(client, points, name)
    cpu = sum(map(cpu_seconds, server.pids))
    put = put_points(server.address, points, name)
    with Client(server.address) as client:
        indexed = wait_until_indexed(client, name, points.count, put["ended"])
        stored = client.count(name)
        turn_ms = longest_turn(client) if server.pids else (0.0, 0.0)
    if stored != points.count or put["points"] + put["failures"] * BATCH < points.count:
        raise Wrong(f"{put['points']} points were acknowledged of {points.count}, {stored} are there")
    return Filled(
        acknowledged_seconds=put["ended"] - put["began"],
        indexed_seconds=indexed and indexed - put["began"],
        cpu=sum(map(cpu_seconds, server.pids)) - cpu if server.pids else None,
        p50_us=put["p50_us"],
        p99_us=put["p99_us"],
        failures=put["failures"],
        pss=sum(memory(pid)[0] for pid in server.pids),
        turn_ms=turn_ms,
    )


def put_points(address, points, name):
    """What put_points.c says."""
    host, port = address.split(":")
    program = compiled("put_points.c", points.folder, ["-pthread"])
    command = [program, points.rows_file, points.dimensions, points.payloads_file, BATCH, CONNECTIONS, host, port,
               f"/collections/{name}/points?wait=true"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(done.stderr)
    return json.loads(done.stdout)


def wait_until_indexed(client, name, count, since=None):
    """When the collection was green and every vector in its index, on the clock of time.monotonic(); None: it
    makes none. A real Qdrant leaves a few vectors out, in segments that are small: green for a while is
    enough. `since` is when the last point was put."""
    since = since or time.monotonic()
    before, still_since = -1, since
    while (now := time.monotonic()) - since < LONGEST_SECONDS:
        info = client.ask("GET", f"/collections/{name}")
        indexed, is_green = info.get("indexed_vectors_count") or 0, info["status"] == "green"
        if is_green and indexed >= count:
            return now
        if indexed != before or not is_green:
            before, still_since = indexed, now
        elif now - still_since > NO_INDEX_SECONDS:
            return still_since if indexed else None
        time.sleep(POLL_SECONDS)
    raise Wrong(f"{before} of {count} vectors are indexed after {LONGEST_SECONDS} s")


def longest_turn(client):
    """Of the loop, since the start, in milliseconds by the clock and of CPU time. On a core that is shared the
    first has what other threads took of it in the middle of a turn."""
    page = client.ask("GET", "/metrics")
    found = [turn.search(page) for turn in TURNS]
    if not all(found):
        raise Wrong("/metrics does not tell the longest turn of the loop")
    return tuple(1e3 * float(one[1]) for one in found)
