"""The log of slow operations: which request it was, and phases that add up to the time that it took."""
import json

import pytest

from gateway import Gateway
from native import Native
from neighbour import ENV

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PHASES = ["receive", "queue", "read", "plan", "admission", "connect", "exchange", "code", "rest", "write", "send"]
FIELDS = ["time", "level", "what", "ms", "here_ms", "operation", "collection", "backend", "tenant", "who", "route", "status", "code",
          "exchanges", "repeats", "slowest", "slowest_ms", *(f"{phase}_ms" for phase in PHASES), "request_id", "trace_id", "span_id"]
EVERYTHING = "1ms"


def slow_lines(gate):
    told = map(json.loads, gate.stderr.read_text().splitlines()[1:])
    return [line for line in told if line["what"] == "slow operation"]


def check(line):
    spent = sum(line[f"{phase}_ms"] for phase in PHASES)
    assert spent == pytest.approx(line["ms"], abs=0.1), "each moment is in one phase"
    here = spent - line["receive_ms"] - line["send_ms"]
    assert here == pytest.approx(line["here_ms"], abs=0.1) and here >= 0.99


def test_a_slow_request_says_where_its_time_went(tmp_path):
    with Gateway(tmp_path, ENV, ["--set", f"log.slow={EVERYTHING}"]) as gate:
        api = Native(gate)
        path = api.create("slow", 2)
        # Large enough for the codec pool, and for more than a millisecond
        points = [{"id": i, "vector": [i, 1], "payload": {"text": "x" * 50}} for i in range(2000)]
        headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "x-request-id": "order-7"}
        assert api.call("PUT", f"{path}/points", {"points": points}, headers=headers).status == 200
        line = json.loads(gate.line("slow operation", "order-7"))
    assert list(line) == FIELDS
    assert {k: line[k] for k in ["level", "operation", "collection", "backend", "tenant", "who", "status", "code", "trace_id"]} == {
        "level": "warn", "operation": "upsert", "collection": "slow", "backend": "embedded", "tenant": "default",
        "who": "key tested", "status": 200, "code": "ok", "trace_id": TRACE}
    assert line["route"] == "/v1/collections/{collection}/points"
    assert line["slowest"] == "embedded.upsert" and line["exchanges"] >= 1 and line["repeats"] == 0
    assert line["slowest_ms"] <= line["exchange_ms"] + line["connect_ms"] + 0.1
    assert line["read_ms"] > 0 and line["exchange_ms"] > 0
    for each in slow_lines(gate):
        check(each)


def test_a_backend_that_hangs_is_told_as_such(tmp_path):
    """It takes connections and says nothing: the time is the exchange's, and the outcome is the deadline's."""
    import socket

    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": f"http://127.0.0.1:{mute.getsockname()[1]}"}
        with Gateway(tmp_path, env, ["--set", "log.slow=100ms", "--set", "deadline=1s"], ready="/livez") as gate:
            api = Native(gate)
            assert api.call("POST", "/v1/collections", {"name": "x", "dimension": 2, "metric": "cosine"}).status == 504
            line = json.loads(gate.line("slow operation", "create_collection"))
    check(line)
    assert line["code"] == "deadline" and line["status"] == 504
    assert line["exchange_ms"] >= 100


def test_what_is_quick_is_not_told(tmp_path):
    with Gateway(tmp_path, arguments=["--set", "log.slow=1h"]) as gate:
        Native(gate).create("quick", 2)
    assert slow_lines(gate) == []


def test_unless_it_is_asked_for_nothing_is(tmp_path):
    with Gateway(tmp_path) as gate:
        Native(gate).create("quiet", 2)
    assert slow_lines(gate) == []
