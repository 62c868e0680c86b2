"""Requests to Qdrant's API that are wrong, each in one way: status and text of the answer, and that
nothing of them is stored. The table is malformed.py."""
import http.client
import json
import re

import pytest
from malformed import ROWS, V

COLLECTIONS = {
    "C": {"vectors": {"size": 4, "distance": "Dot"}},
    "N": {"vectors": {"a": {"size": 4, "distance": "Dot"}, "b": {"size": 2, "distance": "Cosine"}}},
    "E": {},
}
POINTS = [{"id": 1, "vector": V, "payload": {"k": 1}}, {"id": 2, "vector": V}]
names = {}  # of the collections that were made


def ask(gate, method, path, body=None):
    wire = http.client.HTTPConnection(gate.address, timeout=30)
    try:
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        wire.request(method, path, body and body.encode())
        answer = wire.getresponse()
        return answer.status, answer.read().decode()
    finally:
        wire.close()


def collection(gate, letter):
    """Made when a row first needs it."""
    if letter not in names:
        path = f"/collections/malformed-{letter}"
        assert ask(gate, "PUT", path, COLLECTIONS[letter])[0] == 200
        names[letter] = path
        if letter == "C":
            assert ask(gate, "PUT", f"{path}/points?wait=true", {"points": POINTS})[0] == 200
    return names[letter]


def pattern(text):
    return ".*".join(re.escape(part) for part in text.split("…"))


@pytest.mark.parametrize("says", ROWS)
def test_what_is_wrong_is_told(embedded, says):
    method, path, body, status, text = ROWS[says]
    if path[0] != "/":
        path = collection(embedded, path[0]) + path[1:]
    got = ask(embedded, method, path, body)
    assert got[0] == status, got
    answer = json.loads(got[1])
    assert set(answer) == {"status", "time"}
    assert set(answer["status"]) == {"error"}
    assert re.fullmatch(pattern(text), answer["status"]["error"], re.DOTALL), got


def test_nothing_of_it_was_stored(embedded):
    path = collection(embedded, "C")
    page = json.loads(ask(embedded, "POST", f"{path}/points/scroll", {"with_vector": True})[1])["result"]
    assert page == {"points": [{"payload": {}} | point for point in POINTS], "next_page_offset": None}
    info = json.loads(ask(embedded, "GET", path)[1])["result"]
    assert info["payload_schema"] == {}
    assert info["config"]["hnsw_config"]["ef_construct"] == 100
    assert ask(embedded, "GET", "/collections/new")[0] == 404
