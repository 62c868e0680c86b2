"""What outlives a gateway: its data, whichever backend keeps them, and the way from one backend to another,
which the environment alone decides."""
import subprocess

import pytest

from api import Api, Collection
from gateway import ROOT, Gateway

PYTHON = ROOT / "build/test-env/newest/bin/python"
WORDS = ROOT / "tests/api/words.py"
SECONDS = 300  # far more than it needs; a hang must end


def fill(gate, name):
    api = Api(gate)
    c = Collection(api, name).make(vectors={"size": 2, "distance": "Dot"})
    c.index("n", "integer")
    c.put({"id": 1, "vector": [1, 0], "payload": {"n": 1}}, {"id": 2**64 - 1, "vector": [0, 1]})
    c.write("POST", "/payload", {"payload": {"n": 2}, "points": [2**64 - 1]})
    alias = {"create_alias": {"collection_name": name, "alias_name": f"{name}-alias"}}
    assert api.good("POST", "/collections/aliases", {"actions": [alias]}) is True
    api.close()


def look(gate, name):
    """All of it, under both names."""
    api = Api(gate)
    info = api.good("GET", f"/collections/{name}")
    assert info["config"]["params"]["vectors"] == {"size": 2, "distance": "Dot"}
    assert info["payload_schema"]["n"]["data_type"] == "integer"
    for known_as in (name, f"{name}-alias"):
        c = Collection(api, known_as)
        assert c.get(1, 2**64 - 1, with_payload=True, with_vector=True) == [
            {"id": 1, "payload": {"n": 1}, "vector": [1.0, 0.0]},
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
        fill(gate, fresh_name)
        if ending == "killed":
            gate.kill()
        else:
            gate.stop()
        gate.start()
        look(gate, fresh_name)
        drop(gate, fresh_name)


def run_words(gate):
    """A program for Qdrant's official client, as its users have it."""
    assert PYTHON.exists(), "run tests/api/setup.sh first"
    command = [PYTHON, "-B", WORDS, gate.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\nvecgate said:\n{gate.log(3000)}"


def test_a_program_runs_unchanged_and_a_switch_of_backends_loses_nothing(behind, tmp_path, fresh_name):
    """There and back, over one data directory."""
    ours = {"VECTOR_BACKEND": "embedded"}
    for env, step in ((ours, fill), (behind(), run_words), (ours, look)):
        with Gateway(tmp_path, env) as gate:
            if step is run_words:
                step(gate)
            else:
                step(gate, fresh_name)
