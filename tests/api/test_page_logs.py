"""The section "Logs" of docs/observability.md: its lines are as they are written, its tables are whole."""
import json
import re

import pytest

from gateway import ROOT, Gateway
from native import Native
from pages import Page

PAGE = Page("docs/observability.md")
KEY = "the-key-of-an-app-0123456789"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FIGURES = ("time", "ms", "here_ms", "request_id", "span_id", "answer_bytes", "slowest_ms", "exchanges", "slowest")


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    rows = [{"name": "app", "key": KEY, "rights": "manage"}]
    env = {"VECGATE_CREDENTIALS_KEYS": json.dumps(rows)}
    with Gateway(tmp_path_factory.mktemp("logs"), env, ["--set", "log.slow=1ms"]) as gate:
        call(gate, "POST", "/v1/collections", {"name": "books", "dimension": 2, "metric": "cosine"}, 201)
        yield gate


def call(gate, method, path, body, status=200, **headers):
    assert Native(gate).call(method, path, body, headers={"api-key": KEY} | headers).status == status


def compare(block, line):
    """The same fields in the same order, and the same values but for figures."""
    shown = json.loads(PAGE.blocks[block])
    assert list(line) == list(shown)
    for name, value in shown.items():
        if name in FIGURES or name.endswith("_ms"):
            assert type(line[name]) is type(value), name
        else:
            assert line[name] == value, name


def test_a_request_is_a_line_as_shown(gate):
    points = {"points": [{"id": 1, "vector": [1, 0]}, {"id": 2, "vector": [0, 1]}]}
    call(gate, "PUT", "/v1/collections/books/points", points, **{"x-request-id": "seen-1", "traceparent": TRACEPARENT})
    compare("access line", json.loads(gate.line('"request"', "seen-1")))


def test_a_change_is_a_line_as_shown(gate):
    call(gate, "PUT", "/v1/collections/books/fields/author", {"type": "keyword"}, **{"x-request-id": "seen-2"})
    compare("audit line", json.loads(gate.line('"audit"', "seen-2")))


def test_a_slow_one_is_a_line_as_shown(gate):
    """Large enough for a millisecond."""
    points = {"points": [{"id": i, "vector": [i, 1], "payload": {"text": "x" * 100}} for i in range(3000)]}
    call(gate, "PUT", "/v1/collections/books/points", points, **{"x-request-id": "seen-3"})
    compare("slow line", json.loads(gate.line('"slow operation"', "seen-3")))


def test_all_phases_are_in_the_table():
    words = re.findall(r'^TIME\(\w+, +"(\w+)"\)', (ROOT / "include/vecgate/timing.def").read_text(), re.MULTILINE)
    assert PAGE.sayings("phases") == words


def test_all_that_is_audited_is_in_the_table():
    code = (ROOT / "src/front/tell.c").read_text()
    kinds = re.findall(r"case VG_OP_(\w+):", code[code.index("is_audited(") : code.index("return true;")])
    names = dict(re.findall(r'^OP\((\w+), +"(\w+)"', (ROOT / "include/vecgate/op.def").read_text(), re.MULTILINE))
    assert sorted(PAGE.sayings("audited")) == sorted(names[kind] for kind in kinds)


def test_metrics_and_options_that_are_named_exist():
    assert PAGE.metrics_that_are_none() == []
    options = (ROOT / "docs/options.md").read_text()
    for name in re.findall(r"`(log\.\w+)`", PAGE.text):
        assert f"| `{name}` |" in options, name
