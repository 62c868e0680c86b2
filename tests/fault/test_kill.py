"""kill -9 at random moments under mixed writes, again and again on one data directory: what was
acknowledged is there, what was not is there whole or not at all, and collections are made, dropped
and half of neither. Two tenants write at once, with the same names and ids, and each finds its own."""
import random
import signal
import threading
import time

import neighbour
import pytest
from conftest import cases
from gateway import Gateway
from looking import create_shared, read_world, split
from operations import OPERATIONS
from workload import Api, Writer, start_writers

KILLS = 300
LANES = 2  # tests that share the kills, so that two may run at a time
WRITERS = 3  # of each tenant; their numbers are others in each lane, and so are the fields and settings they change
TENANTS = {neighbour.TESTED: 0, neighbour.KEY: 1_000_000}  # key: from where its marks go on, which are in its points
LONGEST = 0.25  # seconds of writing before a kill
SECONDS = 180


class Victim(Gateway):
    """A gateway with a small log, so that it is moved into the database in the middle of writing."""

    def __init__(self, folder):
        super().__init__(folder, {"VECGATE_VECTOR_EMBEDDED_WAL_SIZE": "1MiB"} | neighbour.ENV)

    def kill_while_starting(self, seconds):
        self._spawn()
        time.sleep(seconds)
        self.kill()

    def kill_while_stopping(self, seconds):
        self.process.send_signal(signal.SIGTERM)
        time.sleep(seconds)
        self.kill()


def judge(gate, writers):
    for key in TENANTS:
        judge_tenant(gate, key, [w for w in writers if w.key == key])


def judge_tenant(gate, key, writers):
    api = Api(gate.address, key)
    try:
        world = read_world(api, [w.own for w in writers])
    finally:
        api.close()
    seen = split(world, LANES * WRITERS)
    for writer in writers:
        writer.judge(seen[writer.number], 0)


def write_and_kill(gate, writers, chance):
    stop = threading.Event()
    threads = start_writers(writers, gate.address, stop)
    time.sleep(chance.uniform(0.005, LONGEST))
    if chance.random() < 0.1:
        gate.kill_while_stopping(chance.uniform(0, 0.03))
    else:
        gate.kill()
    stop.set()
    for thread in threads:
        thread.join()
    refused = [r for w in writers for r in w.refused if not is_farewell(r)]
    assert not refused, refused[:3]
    for writer in writers:
        writer.refused.clear()


def is_farewell(refusal):
    """A gateway that was told to end says so until it has."""
    return refusal[1] == 503


@pytest.mark.parametrize("lane", range(LANES))
def test_what_was_acknowledged_survives_150_kills(tmp_path, chance, lane):
    writers = [Writer(lane * WRITERS + n, random.Random(chance.random()), OPERATIONS, key=key, mark=mark)
               for key, mark in TENANTS.items() for n in range(WRITERS)]
    gate = Victim(tmp_path)
    kills, began = 0, time.monotonic()
    with gate:
        for key in TENANTS:
            api = Api(gate.address, key)
            create_shared(api)
            api.close()
        while kills < cases(KILLS // LANES) and time.monotonic() - began < SECONDS:
            write_and_kill(gate, writers, chance)
            kills += 1
            if chance.random() < 0.2:
                gate.kill_while_starting(chance.uniform(0, 0.06))
                kills += 1
            gate.start()
            judge(gate, writers)
    done = sum(w.acknowledged for w in writers)
    print(f"lane {lane}: {kills} kills, {done} acknowledged operations of {len(writers)} writers")
    assert kills >= cases(KILLS // LANES), f"{kills} kills in {SECONDS} s"
