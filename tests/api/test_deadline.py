"""What a backend is told of how long a request may take: the client's time or the gateway's own, as the backend's
protocol says it, of each operation; and that the client is not kept waiting longer."""
import contextlib
import http.client
import json
import pathlib
import re
import sys

import pytest

from gateway import Gateway
from postgres import Postgres

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
import wire as on  # noqa: E402

PATIENCE_SECONDS = 60
COLLECTION = {"vectors": {"size": 2, "distance": "Dot"}}
POINTS = {"points": [{"id": 1, "vector": [1, 0], "payload": {"n": 1}}]}
MINE, ITS_OWN = 700, 1200  # seconds that no test takes: what is told of them is a little less, and a little only
SLACK = 300

# Qdrant's API: method, path and body; the collection is there
QDRANT = {
    "query": ("POST", "/points/query", {"query": [1, 0]}),
    "search": ("POST", "/points/search", {"vector": [1, 0], "limit": 1}),
    "groups": ("POST", "/points/query/groups", {"query": [1, 0], "group_by": "n"}),
    "scroll": ("POST", "/points/scroll", {}),
    "count": ("POST", "/points/count", {}),
    "get": ("POST", "/points", {"ids": [1]}),
    "facet": ("POST", "/facet", {"key": "n"}),
    "upsert": ("PUT", "/points", POINTS),
    "delete": ("POST", "/points/delete", {"points": [7]}),
    "set payload": ("POST", "/points/payload", {"payload": {"n": 2}, "points": [1]}),
    "change": ("PATCH", "", {"optimizers_config": {"indexing_threshold": 5}}),
}


def ask(gate, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        host.request(method, path, json.dumps(body) if body is not None else None, {"content-type": "application/json"})
        answer = host.getresponse()
        return answer.status, answer.read().decode()


class Heard:
    """A wire that writes down what goes over it."""

    def __init__(self, wire):
        self.wire, self.lines = wire, []
        wire.break_by(self.listen)

    def listen(self, wire, connection, request):
        self.lines.append(request.split(b"\r\n", 1)[0].decode())
        connection.sendall(wire.forward(request))

    def told(self, method):
        """The seconds told by the newest request of that method, but for what the gateway asks by itself."""
        line = [line for line in self.lines if line.startswith(method)][-1]
        found = re.search(r"[?&]timeout=(\d+)(?:&| )", line)
        assert found, line
        return int(found[1])


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """A gateway before Qdrant's API, with a deadline of its own of twenty minutes, and what goes between them."""
    folder = tmp_path_factory.mktemp("deadline")
    with Gateway(folder / "upstream") as upstream, on.Wire(("127.0.0.1", upstream.port)) as wire:
        env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url, "VECGATE_DEADLINE": f"{ITS_OWN}s"}
        with Gateway(folder / "gateway", env) as gate:
            heard = Heard(wire)
            heard.gate = gate
            assert ask(gate, "PUT", "/collections/c", COLLECTION)[0] == 200
            assert ITS_OWN - SLACK < heard.told("PUT") <= ITS_OWN
            assert ask(gate, "PUT", "/collections/c/index", {"field_name": "n", "field_schema": "integer"})[0] == 200
            assert ask(gate, "PUT", "/collections/c/points?wait=true", POINTS)[0] == 200
            yield heard
        assert not wire.complaints


@pytest.mark.parametrize("operation", QDRANT)
def test_qdrant_is_told_the_clients_time_or_our_own(heard, operation):
    method, path, body = QDRANT[operation]
    for query, most in (("", ITS_OWN), (f"?timeout={MINE}", MINE), (f"?timeout={2 * ITS_OWN}", ITS_OWN)):
        status, text = ask(heard.gate, method, f"/collections/c{path}{query}", body)
        assert status == 200, text
        assert most - SLACK < heard.told(method) <= most, heard.lines[-1]


def test_the_native_api_says_it_too(heard):
    path = f"/v1/collections/c/points/search?timeout={MINE}"
    status, text = ask(heard.gate, "POST", path, {"vector": [1, 0]})
    assert status == 200, text
    assert MINE - SLACK < heard.told("POST") <= MINE, heard.lines[-1]


def test_qdrant_is_told_no_more_than_it_allows(tmp_path):
    with Gateway(tmp_path / "upstream") as upstream, on.Wire(("127.0.0.1", upstream.port)) as wire:
        env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url, "VECGATE_VECTOR_QDRANT_MAX_TIMEOUT": "9500ms"}
        with Gateway(tmp_path / "gateway", env) as gate:
            heard = Heard(wire)
            assert ask(gate, "PUT", "/collections/c", COLLECTION)[0] == 200
            assert heard.told("PUT") == 9


def test_nobody_is_kept_waiting_longer(heard):
    """The client's second, although the gateway would wait for twenty minutes."""
    heard.wire.break_by(on.hang)
    try:
        status, text = ask(heard.gate, "POST", "/collections/c/points/count?timeout=1", {})
    finally:
        heard.wire.mend()
        heard.wire.break_by(heard.listen)
    assert status == 408 and "deadline has passed" in text, text


def test_postgresql_is_told_the_clients_time_or_our_own(tmp_path):
    with Postgres(log_statement="all") as server:
        env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url(), "VECGATE_DEADLINE": f"{ITS_OWN}s"}

        def told():
            """What was said of each statement since, in seconds."""
            text = server.log.read_text(errors="replace")[told.seen :]
            told.seen += len(text)
            lines = text.splitlines()
            pairs = zip(lines, lines[1:])
            return [int(re.search(r"\$1 = '(\d+)'", of)[1]) / 1000 for at, of in pairs if "'statement_timeout'" in at]

        told.seen = 0
        with Gateway(tmp_path, env) as gate:
            assert ask(gate, "PUT", "/collections/c", COLLECTION)[0] == 200
            for operation in ("upsert", "query", "count", "delete"):
                method, path, body = QDRANT[operation]
                for query, most in (("", ITS_OWN), (f"?timeout={MINE}", MINE)):
                    told()
                    status, text = ask(gate, method, f"/collections/c{path}{query}", body)
                    assert status == 200, text
                    seconds = told()
                    assert any(most - SLACK < each <= most for each in seconds), (operation, query, seconds)
                    assert all(each <= ITS_OWN for each in seconds)
