"""A backend of several servers: one that cannot be reached is left alone, and that alone."""
import contextlib
import http.client
import json
import re
import time

from gateway import Gateway, closed_port
from postgres import Postgres

PATIENCE_SECONDS = 60

def ask(gate, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        host.request(method, path, json.dumps(body) if body is not None else None)
        answer = host.getresponse()
        return answer.status, answer.read().decode()

def state_of_breaker(gate, endpoint):
    """0: closed, also when nothing was ever counted of it."""
    labels = f'{{backend="pgvector",endpoint="{endpoint}"}}'
    found = re.search(rf"^vecgate_breaker_state{re.escape(labels)} (\d+)$", ask(gate, "GET", "/metrics")[1], re.MULTILINE)
    return int(found[1]) if found else 0

def test_indexes_that_cannot_be_built_stop_nothing_else(tmp_path):
    """They want a connection past the pooler, and nobody listens there."""
    resilience = "VECGATE_VECTOR_PGVECTOR_RESILIENCE_BREAKER_"
    with Postgres() as server:
        env = {
            "VECTOR_BACKEND": "pgvector",
            "PGVECTOR_URL": server.url(),
            "VECGATE_VECTOR_PGVECTOR_DIRECT_URL": f"postgresql://gate@127.0.0.1:{closed_port()}/postgres",
            f"{resilience}CONNECTS": "1",
            f"{resilience}OPEN": "1h",
            f"{resilience}OPEN_MOST": "1h",
        }
        with Gateway(tmp_path, env) as gate:
            assert ask(gate, "PUT", "/collections/c", {"vectors": {"size": 2, "distance": "Dot"}})[0] == 200
            assert ask(gate, "PATCH", "/collections/c", {"hnsw_config": {"m": 24}})[0] == 200  # another index
            end = time.monotonic() + PATIENCE_SECONDS
            while state_of_breaker(gate, 1) != 1:
                assert time.monotonic() < end, "the direct connection is never given up"
                time.sleep(0.05)
            points = {"points": [{"id": 1, "vector": [1, 0]}]}
            assert ask(gate, "PUT", "/collections/c/points?wait=true", points)[0] == 200
            status, text = ask(gate, "POST", "/collections/c/points/query", {"query": [1, 0]})
            assert status == 200 and json.loads(text)["result"]["points"], text
            assert ask(gate, "GET", "/readyz")[0] == 200
            assert state_of_breaker(gate, 0) == 0
