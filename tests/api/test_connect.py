"""`vecgate check --connect`: what it says of stores that can be used, and of each way in which one cannot. Whatever it
says, it says no secret."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import pytest

from gateway import OURS, Gateway, binary, closed_port
from postgres import Postgres
from test_page_qdrant import Server

SECONDS = 60
SECRET = "a-key-that-nobody-may-see-0123456789"


def check(folder, env, *more):
    """Its exit status, the verdicts by role, and all it said."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | env
    done = subprocess.run([binary(), "check", "--connect", "--data", str(folder), *more], env=clean, capture_output=True, text=True, timeout=SECONDS)
    said = done.stdout + done.stderr
    assert SECRET not in said
    return done.returncode, re.findall(r"^(backend|replica|metadata)\b.*: ([a-z ]+)$", done.stdout, re.M), said


def qdrant_at(url, **more):
    return {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": url} | more


def behind(answer):
    """What a check finds of Qdrant's API, spoken so; metadata in memory."""
    def find(folder):
        with Server(answer) as server:
            return check(folder, qdrant_at(server.url, QDRANT_API_KEY=SECRET, VECGATE_METADATA_STORE="memory://"))
    return find


def test_what_is_not_there_yet_is_not_made(tmp_path):
    status, verdicts, said = check(tmp_path / "data", {})
    assert (status, verdicts) == (0, [("backend", "not there yet"), ("metadata", "not there yet")])
    assert "the first start makes it" in said
    assert not (tmp_path / "data").exists()


def test_files_are_opened_and_can_be_used_afterwards(tmp_path):
    with Gateway(tmp_path) as gate:
        busy = check(gate.data, {})
        pid = gate.process.pid
    assert busy[:2] == (0, [("backend", "in use"), ("metadata", "in use")]) and f"pid {pid}" in busy[2]
    for _ in range(2):
        status, verdicts, said = check(gate.data, {})
        assert (status, verdicts) == (0, [("backend", "reachable"), ("metadata", "reachable")]), said
        assert "version  vecgate embedded engine " in said and "supports_metadata_filter" in said
    with gate:
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own what is another's")
def test_anothers_files_are_left_alone(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    status, verdicts, said = check(folder, {})
    assert (status, verdicts) == (1, [("backend", "not ready"), ("metadata", "not ready")])
    assert "it belongs to user 12345: ask as that one" in said
    assert not list(folder.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own what is another's")
def test_a_folder_that_is_lent_can_be_used():
    """As volumes of Kubernetes are: root's, and a group may write. Files of another user in it are left alone."""
    lent, other = 12345, 12346

    def ask():
        done = subprocess.run([program, "check", "--connect", "--data", data], cwd="/", env={}, capture_output=True, text=True, timeout=SECONDS,
                              user=lent, group=lent, extra_groups=[])  # fmt: skip
        return done.returncode, re.findall(r"^(?:backend|metadata)\b.*: ([a-z ]+)$", done.stdout, re.M)

    with tempfile.TemporaryDirectory(prefix="vecgate-lent-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        program, data = shutil.copy(binary(), folder / "vecgate"), folder / "data"
        data.mkdir()
        os.chown(data, 0, lent)
        data.chmod(0o2770)
        assert ask() == (0, ["not there yet"] * 2) and not list(data.iterdir())
        (data / "LOCK").touch()
        os.chown(data / "LOCK", other, other)
        assert ask() == (1, ["not ready"] * 2) and len(list(data.iterdir())) == 1
        os.chown(data / "LOCK", lent, lent)
        assert ask() == (0, ["reachable"] * 2)


def test_a_server_that_can_be_used(embedded, tmp_path):
    status, verdicts, said = check(tmp_path, qdrant_at(embedded.url, QDRANT_API_KEY=SECRET, VECGATE_WORKERS="4"))
    assert (status, verdicts) == (0, [("backend", "reachable"), ("metadata", "reachable")]), said
    assert re.search(r"version  qdrant.* \d+\.\d+\.\d+\n    answers  after \d+\.\d ms, .* \d+\.\d ms\n    tls      none", said)


def test_a_credential_that_is_refused(tmp_path):
    status, verdicts, said = behind(lambda *_: (401, "text/plain", b"Invalid API key or JWT"))(tmp_path)
    assert (status, verdicts) == (1, [("backend", "unauthorised"), ("metadata", "reachable")])
    assert "right    a credential that it takes, in vector.qdrant.api_key (QDRANT_API_KEY)" in said


def test_a_server_that_is_not_ready(tmp_path):
    status, verdicts, said = behind(lambda *_: (503, "text/plain", b"not ready"))(tmp_path)
    assert (status, verdicts) == (1, [("backend", "not ready"), ("metadata", "reachable")])
    assert "Qdrant is up but not ready" in said


def test_a_server_that_is_something_else(tmp_path):
    status, verdicts, _ = behind(lambda *_: (200, "text/html", b"<html>"))(tmp_path)
    assert (status, verdicts[0]) == (1, ("backend", "not ready"))


def test_nobody_there(tmp_path):
    status, verdicts, said = check(tmp_path, qdrant_at(f"http://127.0.0.1:{closed_port()}"))
    assert (status, verdicts) == (1, [("backend", "unreachable"), ("metadata", "reachable")])
    assert "could not be connected to" in said
    assert "right    an address that answers within the time-outs, in vector.qdrant.url (QDRANT_URL)" in said


def test_the_deadline_is_kept(tmp_path):
    """To a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        status, verdicts, _ = check(tmp_path, qdrant_at(url), "--set", "deadline=200ms")
    assert (status, verdicts[0]) == (1, ("backend", "unreachable"))


def test_each_server_of_postgresql_is_asked(tmp_path):
    with Postgres() as server:
        url = server.url()
        here = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": url}
        nowhere = f"postgresql://reader:{SECRET}@127.0.0.1:{closed_port()}/vectors"
        status, verdicts, said = check(tmp_path, here)
        assert (status, verdicts) == (0, [("backend", "reachable"), ("metadata", "reachable")]), said
        assert re.search(r"version  PostgreSQL with pgvector \d+\.\d+.*, pgvector 0\.", said)
        status, verdicts, said = check(tmp_path, here | {"VECGATE_VECTOR_PGVECTOR_REPLICAS": f"{url} {nowhere}"})
        assert (status, [verdict for _, verdict in verdicts]) == (1, ["reachable", "reachable", "unreachable", "reachable"]), said
        stranger = re.sub(r"postgresql://[^@/]*@?", f"postgresql://nobody_of_that_name:{SECRET}@", url)
        status, verdicts, said = check(tmp_path, here | {"PGVECTOR_URL": stranger})
        assert (status, verdicts[0]) == (1, ("backend", "unauthorised")), said
        assert "vector.pgvector.connection_string (PGVECTOR_URL)" in said
