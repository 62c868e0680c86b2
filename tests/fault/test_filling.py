"""A payload index that is being filled when the process is killed, while others write: it is filled after the
restart without anybody asking, and has then what the payloads say."""
import contextlib
import shutil
import sqlite3
import threading
import time

from conftest import IN_CI, cases
from fields import FIELDS, make_payload, shown
from gateway import Gateway
from looking import check_index, create_shared, read_points
from workload import MISSED, Api, Wrong

KILLS = 40
POINTS = 10_000  # five steps of filling
BATCH = 1000
FILL_SECONDS = 60
NAME = "shared-a"


def put(api, chance, numbers):
    points = [{"id": n, "payload": make_payload(chance, n, 0), "vector": [n, 1]} for n in numbers]
    api.good("PUT", f"/collections/{NAME}/points?wait=true", {"points": points})


def write_until_killed(address, chance):
    """Some of the first rows and some of the last, so that the filling is ahead of one and behind another."""
    with contextlib.suppress(*MISSED):
        api = Api(address)
        while True:
            put(api, chance, chance.sample(range(POINTS), 5))
            ids = chance.sample(range(POINTS), 5)
            api.good("POST", f"/collections/{NAME}/points/payload/clear?wait=true", {"points": ids})


def begin_and_kill(gate, api, chance, key, longest):
    schema = chance.choice(FIELDS[key].schemas)
    api.good("PUT", f"/collections/{NAME}/index?wait=false", {"field_name": key, "field_schema": schema})
    writer = threading.Thread(target=write_until_killed, args=(gate.address, chance))
    writer.start()
    time.sleep(chance.uniform(0, longest))
    gate.kill()
    writer.join()
    api.close()
    return shown(schema)


def time_filling(api, key):
    """Seconds that filling takes on this machine when nobody writes."""
    began = time.monotonic()
    declaration = {"field_name": key, "field_schema": FIELDS[key].schemas[0]}
    api.good("PUT", f"/collections/{NAME}/index?wait=true", declaration)
    wait_until_filled(api)
    seconds = time.monotonic() - began
    api.good("DELETE", f"/collections/{NAME}/index/{key}?wait=true")
    return seconds


def is_left(gate, folder):
    """Is there something left to fill? By a copy of the store: opening it takes the log's content over."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(gate.data / "default", folder)
    with contextlib.closing(sqlite3.connect(folder / "points.db")) as store:
        return store.execute("SELECT count(*) FROM fields WHERE built_row IS NOT NULL").fetchone()[0] > 0


def wait_until_filled(api):
    end = time.monotonic() + FILL_SECONDS
    while True:
        info = api.good("GET", f"/collections/{NAME}")
        if info["status"] == "green":
            return info
        if time.monotonic() > end:
            raise Wrong(f"it is never filled: {info}")
        time.sleep(0.002)


def test_an_index_is_filled_after_a_kill(tmp_path, chance):
    left = kills = 0
    with Gateway(tmp_path) as gate:
        api = Api(gate.address)
        create_shared(api)
        for first in range(0, POINTS, BATCH):
            put(api, chance, range(first, first + BATCH))
        longest = {key: 2 * time_filling(api, key) for key in FIELDS}
        for _ in range(cases(KILLS)):
            key = chance.choice(list(FIELDS))
            declared = begin_and_kill(gate, api, chance, key, longest[key])
            kills += 1
            left += is_left(gate, tmp_path / "copy")
            gate.start()
            api = Api(gate.address)
            info = wait_until_filled(api)
            index = info["payload_schema"][key]
            assert (index["data_type"], index.get("params")) == declared
            check_index(api, NAME, key, info, read_points(api, NAME))
            api.good("DELETE", f"/collections/{NAME}/index/{key}?wait=true")
    print(f"{kills} kills, {left} of them before the index was filled")
    assert left or not IN_CI
