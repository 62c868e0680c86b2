"""What outlives a gateway: its data, whichever backend keeps them, and the way from one backend to another,
which one word of the environment decides."""
import contextlib
import subprocess

import pytest

from api import Api, Collection
from backends import BACKENDS
from gateway import ROOT, Gateway

PYTHON = ROOT / "build/test-env/newest/bin/python"
WORDS = ROOT / "tests/api/words.py"
SECONDS = 300  # far more than it needs; a hang must end
ROUND = ("embedded", "pgvector", "real-qdrant" if "real-qdrant" in BACKENDS else "qdrant")


def fill(gate, name, mark):
    """Under the same name everywhere, with a mark that tells where it is."""
    api = Api(gate)
    c = Collection(api, name).make(vectors={"size": 2, "distance": "Dot"})
    c.index("n", "integer")
    c.put({"id": 1, "vector": [1, 0], "payload": {"n": 1, "mark": mark}}, {"id": 2**64 - 1, "vector": [0, 1]})
    c.write("POST", "/payload", {"payload": {"n": 2}, "points": [2**64 - 1]})
    alias = {"create_alias": {"collection_name": name, "alias_name": f"{name}-alias"}}
    assert api.good("POST", "/collections/aliases", {"actions": [alias]}) is True
    api.close()


def look(gate, name, mark):
    """All of it, under both names."""
    api = Api(gate)
    info = api.good("GET", f"/collections/{name}")
    assert info["config"]["params"]["vectors"] == {"size": 2, "distance": "Dot"}
    assert info["payload_schema"]["n"]["data_type"] == "integer"
    for known_as in (name, f"{name}-alias"):
        c = Collection(api, known_as)
        assert c.get(1, 2**64 - 1, with_payload=True, with_vector=True) == [
            {"id": 1, "payload": {"n": 1, "mark": mark}, "vector": [1.0, 0.0]},
            {"id": 2**64 - 1, "payload": {"n": 2}, "vector": [0.0, 1.0]},
        ]
        assert [p["id"] for p in c.query([1, 2])] == [2**64 - 1, 1]
        assert c.count(filter={"must": [{"key": "n", "range": {"gt": 1}}]}) == 1
    api.close()


def drop(gate, name):
    api = Api(gate)
    assert api.good("DELETE", f"/collections/{name}") is True
    api.close()


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_what_was_acknowledged_is_there_after_a_restart(behind, tmp_path, fresh_name, ending):
    with Gateway(tmp_path, behind()) as gate:
        fill(gate, fresh_name, ending)
        if ending == "killed":
            gate.kill()
        else:
            gate.stop()
        gate.start()
        look(gate, fresh_name, ending)
        drop(gate, fresh_name)


def run_words(gate):
    """A program for Qdrant's official client, as its users have it."""
    assert PYTHON.exists(), "run tests/api/setup.sh first"
    command = [PYTHON, "-B", WORDS, gate.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\nvecgate said:\n{gate.log(3000)}"


def test_a_program_runs_unchanged_and_a_switch_of_backends_loses_nothing(tmp_path, tmp_path_factory, servers, fresh_name):
    """One data directory and one configuration, of which one word changes: on each backend a program runs, and what
    was written there before it is found when it is come back to."""
    with contextlib.ExitStack() as all_of_them:
        env, words = {}, []
        for name in ROUND:
            behind = BACKENDS[name](tmp_path_factory.mktemp(f"behind-{name}"), servers)
            place = all_of_them.enter_context(behind)()
            words.append(place.pop("VECTOR_BACKEND"))
            env |= place
        for word in words:
            with Gateway(tmp_path, env | {"VECTOR_BACKEND": word}) as gate:
                fill(gate, fresh_name, word)
                run_words(gate)
        for word in words:
            with Gateway(tmp_path, env | {"VECTOR_BACKEND": word}) as gate:
                look(gate, fresh_name, word)
                drop(gate, fresh_name)
