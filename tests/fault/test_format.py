"""Data directories of every format there was: this version opens them, whether they were left cleanly or by a
kill, and everything is as it was."""
import json
import pathlib
import tarfile

import pytest
from gateway import Gateway
from make_fixture import content
from workload import Api

ARCHIVES = sorted((pathlib.Path(__file__).parent / "data").glob("format-*.tar.gz"))


def read(gate):
    api = Api(gate.address)
    try:
        return content(api)
    finally:
        api.close()


def write_a_little(gate):
    """What was found can be changed, and new collections get on with it."""
    api = Api(gate.address)
    api.good("PUT", "/collections/Dot/points?wait=true", {"points": [{"id": 1, "vector": [4, 3, 2, 1]}]})
    api.good("POST", "/collections/Euclid/points/delete?wait=true", {"points": [2]})
    api.good("PUT", "/collections/dropped", {"vectors": {"size": 3, "distance": "Dot"}})
    api.close()


@pytest.mark.parametrize("ending", ["ended", "killed"])
@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.split(".")[0])
def test_a_directory_of_that_format_is_opened_and_used(tmp_path, archive, ending):
    with tarfile.open(archive) as tar:
        held = json.load(tar.extractfile("content.json"))
        members = [m for m in tar if m.name.startswith(f"{ending}/")]
        tar.extractall(tmp_path, members, filter="data")
    (tmp_path / ending).rename(tmp_path / "data")
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
    assert after["Euclid"]["count"] == held["Euclid"]["count"] - 1
    assert after["dropped"]["points"] == []
    assert after["words"] == held["words"]
