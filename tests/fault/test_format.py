"""Data directories of every format there was: this version opens them, whether they were left cleanly or by a
kill, and everything is as it was. Nor is anything lost when bringing them up to the present format is itself cut
down: killed at every call that changes a file, or with the power lost there."""
import json
import pathlib
import random
import shutil
import sqlite3
import tarfile

import pytest
from conftest import IN_CI
from disk import Disk, Keep, read_journal
from fields import FIELDS
from gateway import Gateway
from looking import check_index, read_points
from make_fixture import content
from recording import EVERYTHING, Faults, Shimmed, Verifier
from workload import Api

ARCHIVES = sorted((pathlib.Path(__file__).parent / "data").glob("format-*.tar.gz"))
ENDINGS = ("ended", "killed")
SERVED = 20  # every so many cases the whole server is started on it, too
TURNS = 3  # power losses at each record of a migration
NOW = 3  # the format that this version writes

of_every_format = pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.split(".")[0])
however_it_ended = pytest.mark.parametrize("ending", ENDINGS)


def unpack(archive, ending, folder):
    """Makes folder/data. What it holds."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as tar:
        held = json.load(tar.extractfile("content.json"))
        members = [m for m in tar if m.name.startswith(f"{ending}/")]
        tar.extractall(folder, members, filter="data")
    (folder / ending).rename(folder / "data")
    return held


FORMS = {"rows": [[1, 2, 3], [3, 2, 1]], "half": [1, 2, 3], "byte": [1, 2, 3],
         "words": {"indices": [2**32 - 1], "values": [1]}}


def check_forms(api, points):
    """Every vector is found by a search, whatever its kind; the words all have one in common."""
    for using, vector in FORMS.items():
        hits = api.good("POST", "/collections/forms/points/query", {"query": vector, "using": using, "limit": 1000})["points"]
        holders = {p["id"] for p in points if using in (p.get("vectors") or {})}
        assert holders and {hit["id"] for hit in hits} == holders, using


def read(gate):
    api = Api(gate.address)
    try:
        found = content(api)
        if "forms" in found:
            check_forms(api, found["forms"]["points"])
        for name in found:
            info = api.good("GET", f"/collections/{name}")
            points = read_points(api, name) if info["payload_schema"] else {}
            for key in info["payload_schema"].keys() & FIELDS:
                check_index(api, name, key, info, points)
        return found
    finally:
        api.close()


def write_a_little(gate):
    """What was found can be changed, and new collections get on with it."""
    api = Api(gate.address)
    api.good("PUT", "/collections/Dot/points?wait=true", {"points": [{"id": 1, "vector": [4, 3, 2, 1]}]})
    api.good("POST", "/collections/Euclid/points/delete?wait=true", {"points": [2]})
    api.good("PUT", "/collections/dropped", {"vectors": {"size": 3, "distance": "Dot"}})
    api.good("PUT", "/collections/Dot/index?wait=true", {"field_name": "n", "field_schema": "integer"})
    api.close()


@however_it_ended
@of_every_format
def test_a_directory_of_that_format_is_opened_and_used(tmp_path, archive, ending):
    held = unpack(archive, ending, tmp_path)
    with Gateway(tmp_path) as gate:
        assert read(gate) == held
        gate.stop()
        gate.start()
        assert read(gate) == held
        write_a_little(gate)
        gate.kill()
        gate.start()
        after = read(gate)
    assert after["Dot"]["count"] == held["Dot"]["count"]
    assert after["Dot"]["payload_schema"]["n"]["points"] == sum("n" in p["payload"] for p in after["Dot"]["points"])
    assert after["Euclid"]["count"] == held["Euclid"]["count"] - 1
    assert after["dropped"]["points"] == []
    assert after["words"] == held["words"]


# --- a migration that does not come to its end

def format_of(folder):
    """As a reader of the file finds it, without opening the store."""
    with sqlite3.connect(folder / "data" / "default" / "points.db") as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def as_held(found):
    """A collection of the verifier's in the words of content.json."""
    points = []
    for point in found["points"]:
        vectors = point["vectors"]
        told = {"id": point["id"], "payload": point["payload"]}
        told |= {"vector": vectors[""]} if "" in vectors else {"vectors": vectors} if vectors else {}
        points.append(told)
    return {"count": found["count"], "points": points}


def plain(held):
    points = [{key: value for key, value in p.items() if key == "payload" or value not in ({}, None)} for p in held["points"]]
    return {"count": held["count"], "points": points}


def must_open(verifier, folder, held, says, nth):
    """With all that it held, and in the present format then."""
    if nth % SERVED == 0:
        shutil.copytree(folder, folder.with_suffix(".served"))
        with Gateway(folder.with_suffix(".served")) as gate:
            assert read(gate) == held, says
    answer = json.loads(verifier.ask(folder / "data") or '{"opens": false, "why": "the verifier died"}')
    assert answer["opens"], f"{says}: {answer['why']}"
    assert answer["collections"].keys() == held.keys(), says
    for name, found in answer["collections"].items():
        assert as_held(found) == plain(held[name]), f"{says}: {name}"
    assert format_of(folder) == NOW


@pytest.fixture
def verifier(tools):
    verifier = Verifier(tools)
    yield verifier
    verifier.close()


OLDER = [path for path in ARCHIVES if path.name != f"format-{NOW}.tar.gz"]
of_every_older_format = pytest.mark.parametrize("archive", OLDER, ids=lambda path: path.name.split(".")[0])


@however_it_ended
@of_every_older_format
def test_a_migration_may_be_killed_at_every_call(tmp_path, tools, chance, verifier, archive, ending):
    faults = Faults(tmp_path / "control")
    held = unpack(archive, ending, tmp_path / "template")
    nth = kills = 0
    before = {}
    while True:
        nth += 1 if IN_CI else chance.randint(1, 10)
        folder = tmp_path / str(nth)
        shutil.copytree(tmp_path / "template", folder)
        gate = Shimmed(folder, tools, control=faults)
        faults.arm(nth, 0, EVERYTHING)
        gate.start_or_say()
        killed, call = faults.failed, faults.said
        gate.kill()
        faults.clear()
        if not killed:
            break  # it has fewer calls than that
        kills += 1
        found = format_of(folder) if nth % 2 else 0  # reading a log of another's mends it: not always
        before[found] = before.get(found, 0) + 1
        must_open(verifier, folder, held, f"killed at call {nth} ({call})", nth)
        shutil.rmtree(folder)
    print(f"{kills} kills; formats that they left: {before}")
    older = [number for number in before if 0 < number < NOW]
    assert kills and (not IN_CI or (older and before.get(NOW)))


@however_it_ended
@of_every_older_format
def test_a_migration_may_lose_power_at_every_record(tmp_path, tools, chance, verifier, archive, ending):
    held = unpack(archive, ending, tmp_path / "live")
    gate = Shimmed(tmp_path / "live", tools, journal=tmp_path / "journal")
    disk = Disk([], tmp_path / "live" / "data")
    with gate:
        gate.kill()
    disk.records = records = read_journal(tmp_path / "journal")
    ends = [record.end for record in records]
    cuts = sorted(TURNS * ends if IN_CI else chance.sample(ends, len(ends) // 3))
    for nth, cut in enumerate(cuts):
        disk.play(cut)
        keep = Keep(random.Random(chance.random()))
        folder = tmp_path / f"cut-{nth}"
        folder.mkdir()
        disk.write(folder / "data", keep)
        must_open(verifier, folder, held, f"power lost at {cut} ({keep.way})", nth)
        shutil.rmtree(folder)
    print(f"{len(cuts)} cuts through {len(records)} records")
