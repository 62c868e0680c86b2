"""A payload index that is being filled when the process is killed, while others write: it is filled after the
restart without anybody asking, and has then what the payloads say."""
import contextlib
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
LONGEST = 0.08  # seconds of filling before a kill
FILL_SECONDS = 20
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


def begin_and_kill(gate, api, chance, key):
    schema = chance.choice(FIELDS[key].schemas)
    api.good("PUT", f"/collections/{NAME}/index?wait=false", {"field_name": key, "field_schema": schema})
    writer = threading.Thread(target=write_until_killed, args=(gate.address, chance))
    writer.start()
    time.sleep(chance.uniform(0, LONGEST))
    gate.kill()
    writer.join()
    api.close()
    return shown(schema)


def wait_until_filled(api):
    """The collection's description, and whether there was something left to fill."""
    end = time.monotonic() + FILL_SECONDS
    colors = set()
    while True:
        info = api.good("GET", f"/collections/{NAME}")
        colors.add(info["status"])
        if info["status"] == "green":
            return info, "yellow" in colors
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
        for _ in range(cases(KILLS)):
            key = chance.choice(list(FIELDS))
            declared = begin_and_kill(gate, api, chance, key)
            kills += 1
            gate.start()
            api = Api(gate.address)
            info, was_left = wait_until_filled(api)
            left += was_left
            index = info["payload_schema"][key]
            assert (index["data_type"], index.get("params")) == declared
            check_index(api, NAME, key, info, read_points(api, NAME))
            api.good("DELETE", f"/collections/{NAME}/index/{key}?wait=true")
    print(f"{kills} kills, {left} of them before the index was filled")
    assert left or not IN_CI
