"""Power loss. A gateway works while the shim writes down all that it does to its files. Then, for cuts at
random moments, directories are made of what a disk may hold by then (disk.py), opened, and judged: what was
acknowledged before the cut is there, every batch is whole or absent, nothing is there that was not sent."""
import random
import shutil
import sqlite3
import threading
import time

import pytest
from conftest import cases
from disk import Disk, Keep, Nothing, must_be_complete, read_journal
from gateway import Gateway
from recording import SYNC, Faults, Shimmed, Verifier
from looking import create_shared, opened_world, read_world, split
from operations import OPERATIONS
from workload import MISSED, SHARED, Api, Writer, Wrong, start_writers

CASES = 1000
LANES = 2
RECORDINGS = 2  # of each lane
WRITERS = 4
REQUESTS = 120  # acknowledged, of a recording
SERVED = 50  # every so many cases the whole server is started on it, too
LIES = 60  # cases of a disk that lies
SECONDS = 120


def make_writers(gate, chance):
    writers = [Writer(n, random.Random(chance.random()), OPERATIONS) for n in range(WRITERS)]
    api = Api(gate.address)
    create_shared(api)
    api.close()
    for writer in writers:
        writer.spans[0].since = gate.now()
    return writers


def judge_server(gate, writers):
    """What a restarted gateway shows; the writers go on from there."""
    api = Api(gate.address)
    world = read_world(api, [w.own for w in writers])
    api.close()
    for writer, seen in zip(writers, split(world, len(writers))):
        writer.judge(seen, gate.now())


def work(gate, writers, operations):
    stop = threading.Event()
    threads = start_writers(writers, gate.address, stop, gate.now)
    end = sum(w.acknowledged for w in writers) + operations
    while sum(w.acknowledged for w in writers) < end and all(t.is_alive() for t in threads):
        time.sleep(0.002)
    stop.set()
    for thread in threads:
        thread.join()
    assert not any(w.refused for w in writers), [w.refused for w in writers]


def record(folder, tools, chance, lies=0):
    """(records, writers): a gateway that works, is killed at a write, starts again, works and ends. At the
    kill and at the end the directory must be what the journal says."""
    folder.mkdir()
    control = Faults(folder / "control")
    gate = Shimmed(folder, tools, folder / "journal", control, lies)
    with gate:
        writers = make_writers(gate, chance)
        work(gate, writers, REQUESTS // 2)
        control.arm(chance.randint(1, 30), 0)
        stop = threading.Event()
        for thread in start_writers(writers, gate.address, stop, gate.now):
            thread.join()
        gate.kill()
        must_be_complete(read_journal(folder / "journal"), gate.data, folder / "replayed-once")
        control.clear()
        gate.start()
        judge_server(gate, writers)
        work(gate, writers, REQUESTS // 2)
    records = read_journal(folder / "journal")
    must_be_complete(records, gate.data, folder / "replayed")
    return records, writers


def judge_folder(verifier, folder, writers, cut):
    line = verifier.ask(folder)
    if line is None:
        raise Wrong("the verifier died")
    judge_world(opened_world(line), writers, cut)


def judge_world(world, writers, cut):
    if cut < writers[0].spans[0].since:
        return  # the collections that all share are still being made
    for writer, seen in zip(writers, split(world, len(writers))):
        writer.judge_cut(seen, cut)


def judge_served(folder, writers, cut):
    """The same through the front door."""
    with Gateway(folder) as gate:
        api = Api(gate.address)
        judge_world(read_world(api, [w.own for w in writers]), writers, cut)
        api.close()


def check_pages(folder):
    """SQLite's own look at the catalog; the verifier has asked it for the points."""
    connection = sqlite3.connect(folder / "catalog.db")
    said = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    if said != [("ok",)]:
        raise Wrong(f"catalog.db: {said[:3]}")


class Cases:
    def __init__(self, tools, folder, seed):
        self.folder, self.seed = folder, seed
        self.verifier = Verifier(tools)
        self.failures, self.done, self.ways = [], 0, {}

    def run(self, records, writers, count, end):
        """`count` cuts through one recording, in the order of time."""
        chance = random.Random(f"{self.seed} cuts")
        disk = Disk(records)
        for cut in sorted(chance.choices([r.end for r in records], k=count)):
            if time.monotonic() > end:
                return
            disk.play(cut)
            self.run_one(disk, writers, cut)

    def run_one(self, disk, writers, cut):
        keep = Keep(random.Random(f"{self.seed} {self.done}"))
        folder = self.folder / f"case-{self.done}"
        folder.mkdir()
        try:
            disk.write(folder / "data", keep)
            if self.done % SERVED == 0:
                shutil.copytree(folder / "data", folder / "served" / "data")
            judge_folder(self.verifier, folder / "data", writers, cut)
            check_pages(folder / "data")
            if self.done % SERVED == 0:
                judge_served(folder / "served", writers, cut)
        except Wrong as wrong:
            self.failures.append(f"case {self.done} at {cut} ({keep.way}): {wrong}")
        self.done += 1
        self.ways[keep.way] = self.ways.get(keep.way, 0) + 1
        shutil.rmtree(folder)


@pytest.mark.parametrize("lane", range(LANES))
def test_what_was_acknowledged_survives_500_power_losses(tmp_path, tools, chance, lane):
    end = time.monotonic() + SECONDS
    wanted = cases(CASES // LANES)
    done = 0
    for n in range(RECORDINGS):
        records, writers = record(tmp_path / str(n), tools, chance)
        run = Cases(tools, tmp_path, chance.random())
        run.run(records, writers, wanted // RECORDINGS, end)
        run.verifier.close()
        done += run.done
        acknowledged = sum(w.acknowledged for w in writers)
        print(f"lane {lane}: {run.done} cuts through {len(records)} records, {acknowledged} acknowledged: {run.ways}")
        assert not run.failures, f"{len(run.failures)} of {run.done}:\n" + "\n".join(run.failures[:5])
    assert done >= wanted // RECORDINGS * RECORDINGS, f"{done} of {wanted} in {SECONDS} s"


@pytest.mark.parametrize("nth, least", [(1, 0.25), (3, 0.02)])
def test_a_disk_that_ignores_syncs_is_found_out(tmp_path, tools, chance, nth, least):
    """The harness can fail: the same, with a disk that says each n-th time that it has synced and has not."""
    records, writers = record(tmp_path / "lies", tools, chance, lies=nth)
    run = Cases(tools, tmp_path, chance.random())
    run.run(records, writers, LIES, time.monotonic() + SECONDS)
    run.verifier.close()
    print(f"one sync of {nth} ignored: {len(run.failures)} of {run.done} lost something")
    assert len(run.failures) > run.done * least


# Each is killed at the sync that would have made it last: the file, and what is asked.
UNSYNCED = {
    "points": ("points.db-wal", "PUT", f"/collections/{SHARED[0]}/points?wait=true",
               {"points": [{"id": 1, "vector": [1.0, 2.0], "payload": {"n": 1}}]}),
    "catalog": ("catalog.db-wal", "POST", "/collections/aliases",
                {"actions": [{"create_alias": {"collection_name": SHARED[0], "alias_name": "alias-0-0"}}]}),
}


@pytest.mark.parametrize("what", UNSYNCED)
def test_what_a_restart_shows_is_on_the_disk(tmp_path, tools, what):
    """A commit that was written and not synced when the process was killed is found by the next one, and a client
    sees it. A power loss must not take it back."""
    name, *request = UNSYNCED[what]
    control = Faults(tmp_path / "control")
    with Shimmed(tmp_path, tools, tmp_path / "journal", control) as gate:
        api = Api(gate.address)
        create_shared(api)
        control.arm(1, 0, SYNC, only=name)
        with pytest.raises(MISSED):
            api.call(*request)
        gate.kill()
        control.clear()
        gate.start()
        shown = read_world(Api(gate.address), [])
        moment = gate.now()
    disk = Disk(read_journal(tmp_path / "journal"))
    disk.play(moment)
    disk.write(tmp_path / "lost", Nothing())
    verifier = Verifier(tools)
    assert opened_world(verifier.ask(tmp_path / "lost")) == shown
    verifier.close()
    assert any(shown.get(thing) for thing in (SHARED[0], ("alias", "alias-0-0"))), "the kill came too early"
