"""The process is killed at every call that making or dropping a collection makes, in either of the two files that
know of it. After the restart the collection is whole or not there, to every question; both files agree, without
anybody having asked; and the name can be used."""
import contextlib
import random
import sqlite3
import time

import pytest
from conftest import IN_CI
from recording import EVERYTHING, Faults, Shimmed
from looking import create_shared, read_world, split
from operations import OPERATIONS
from workload import MISSED, Api, Writer

READY = 1  # VG_META_READY
MEND_SECONDS = 60


def rows_of(path, text):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def both_files(gate):
    """What the catalog says of each name, and the names that the store has."""
    known = dict(rows_of(gate.data / "catalog.db", "SELECT name, state FROM rows WHERE name NOT LIKE '/%'"))
    there = {name for name, in rows_of(gate.data / "default" / "points.db", "SELECT name FROM collections")}
    dropped = rows_of(gate.data / "default" / "points.db", "SELECT count(*) FROM dropped")[0][0]
    return known, there, dropped


def must_be_mended(gate, faults):
    """Without a question to the server: it does so by itself, soon; or it is killed meanwhile."""
    end = time.monotonic() + MEND_SECONDS
    while time.monotonic() < end and not faults.failed:
        known, there, dropped = both_files(gate)
        if set(known.values()) <= {READY} and set(known) == there and not dropped:
            return
        time.sleep(0.005)
    assert faults.failed, f"left half: the catalog says {known}, the store has {there}, {dropped} dropped"


def step_of(writer, name):
    """The operation, or what must come before it."""
    return OPERATIONS[name][1](writer) or OPERATIONS["drop" if "create" in name else "create"][1](writer)


@pytest.mark.parametrize("name", ["create", "drop", "native_create", "native_drop"])
def test_killed_at_every_call(tmp_path, tools, chance, name):
    faults = Faults(tmp_path / "control")
    gate = Shimmed(tmp_path, tools, control=faults)
    writer = Writer(0, chance, OPERATIONS)
    nth = kills = finished = undone = 0
    drawn = chance.getrandbits(32)
    with gate:
        api = Api(gate.address)
        create_shared(api)
        while True:
            nth += 1 if IN_CI else chance.randint(1, 5)
            if OPERATIONS[name][1](writer) is None:
                writer.do(api, step_of(writer, name), int)
                must_be_mended(gate, faults)
            writer.random = random.Random(drawn)  # the same each time, so that its calls are
            step = OPERATIONS[name][1](writer)
            writer.random = chance
            faults.arm(nth, 0, EVERYTHING)
            before = writer.state
            with contextlib.suppress(*MISSED):
                writer.do(api, step, int)
                must_be_mended(gate, faults)
            if not faults.failed:
                break  # it has fewer calls than that
            kills += 1
            gate.kill()
            faults.clear()
            gate.start()
            must_be_mended(gate, faults)
            api.close()
            api = Api(gate.address)
            writer.judge(split(read_world(api, [writer.own]), 1)[0], 0)
            undone += writer.state is before
            finished += writer.state is not before
            for other in ("create", "upsert", "drop", "create"):
                step = OPERATIONS[other][1](writer)
                assert step is None or writer.do(api, step, int)[0] == 200, writer.refused
        faults.clear()
    print(f"{kills} kills: {finished} finished, {undone} undone")
    assert kills and (not IN_CI or (finished and undone))
