"""The audit log: each change of what collections, aliases, fields and tenants are is a line that says who made it, and
the versions of the catalog's entry before and after it. Versions are checked against each other: what one line leaves
the next one finds."""
import contextlib
import json

import pytest

from gateway import Gateway
from group import eventually
from neighbour import ENV, KEY, TESTED
from postgres import Postgres

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Audited:
    """A gateway whose log tells audit lines only, and its clients."""

    def __init__(self, gate):
        self.gate = gate
        self.seen = 0

    def call(self, method, path, body=None, key=TESTED, **headers):
        with contextlib.closing(self.gate.connect()) as host:
            text = None if body is None else json.dumps(body)
            host.request(method, path, text, {"api-key": key, "content-type": "application/json"} | headers)
            answer = host.getresponse()
            answer.read()
            return answer.status

    def lines(self):
        return [told for told in map(json.loads, self.gate.stderr.read_text().splitlines()[1:]) if told["what"] == "audit"]

    def next(self):
        """The line that comes next; it is written soon after the answer."""
        eventually(lambda: len(self.lines()) > self.seen, "a line comes")
        line = self.lines()[self.seen]
        self.seen += 1
        return line


@contextlib.contextmanager
def serving(folder, env, **options):
    env = env | ENV | {"VECGATE_LOG_LEVEL": "error"}
    arguments = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
    with Gateway(folder, env, arguments) as gate:
        yield Audited(gate)


@pytest.fixture(scope="module", params=["embedded", "pgvector"])
def log(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("audited")
    if request.param == "embedded":
        with serving(folder, {}) as audited:
            yield audited
    else:
        with Postgres() as server, serving(folder, {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url()}) as audited:
            yield audited


def expect(line, **wanted):
    assert {name: line.get(name) for name in wanted} == wanted, line


def test_each_change_says_who_and_from_which_version_to_which(log):
    change = log.call
    assert change("POST", "/v1/collections", {"name": "books", "dimension": 2, "metric": "cosine"}, traceparent=f"00-{TRACE}-{SPAN}-01",
                  **{"x-request-id": "order-7"}) == 201
    line = log.next()
    expect(line, who="key tested", tenant="default", operation="create_collection", collection="books", before=0, outcome="ok",
           status=201, request_id="order-7", trace_id=TRACE)
    assert line["span_id"] and line["ms"] > 0 and line["level"] == "info"
    version = line["after"]
    assert version > 0

    steps = [
        ("PUT", "/v1/collections/books/fields/city", {"type": "keyword"}, "create_index", "city"),
        ("PUT", "/collections/books/index", {"field_name": "n", "field_schema": "integer"}, "create_index", "n"),
        ("DELETE", "/v1/collections/books/fields/city", None, "drop_index", "city"),
        ("PATCH", "/collections/books", {"optimizers_config": {"indexing_threshold": 10}}, "update_collection", None),
    ]
    for method, path, body, operation, detail in steps:
        assert change(method, path, body) == 200
        line = log.next()
        expect(line, operation=operation, collection="books", detail=detail, before=version, outcome="ok", who="key tested")
        assert line["after"] > version
        version = line["after"]

    assert change("POST", "/v1/aliases", {"actions": [{"create": {"alias": "shelf", "collection": "books"}}]}) in (200, 204)
    line = log.next()
    expect(line, operation="change_aliases", detail="create shelf -> books", outcome="ok", before=0, after=1, collection=None)
    moves = [{"rename_alias": {"old_alias_name": "shelf", "new_alias_name": "rack"}}, {"delete_alias": {"alias_name": "none"}}]
    assert change("POST", "/collections/aliases", {"actions": moves}) == 200
    expect(log.next(), detail="rename shelf -> rack, delete none", before=1, after=2)

    assert change("DELETE", "/collections/books") == 200
    expect(log.next(), operation="clean_aliases", who="gateway", tenant="default", collection="books", before=2, after=3, outcome="ok")
    expect(log.next(), operation="drop_collection", collection="books", before=version, after=0, outcome="ok", who="key tested")


def test_what_failed_is_told_too(log):
    assert log.call("POST", "/v1/collections", {"name": "twice", "dimension": 2, "metric": "cosine"}) == 201
    there = log.next()["after"]
    assert log.call("POST", "/v1/collections", {"name": "twice", "dimension": 2, "metric": "cosine"}) == 409
    expect(log.next(), operation="create_collection", collection="twice", outcome="exists", before=there, after=there, status=409,
           why="Collection `twice` already exists!")
    assert log.call("DELETE", "/v1/collections/none") == 404
    expect(log.next(), operation="drop_collection", collection="none", outcome="not_found", before=0, after=0)
    assert log.call("POST", "/v1/collections", {"name": "x", "dimensoin": 2}) == 400
    line = log.next()
    expect(line, operation="create_collection", outcome="invalid", status=400, why='unknown field; did you mean "dimension"?')
    assert "before" not in line, "nobody looked"
    assert log.call("DELETE", "/v1/jobs/none") == 404
    expect(log.next(), operation="cancel_job", detail="none", outcome="not_found")
    assert log.call("DELETE", "/v1/collections/twice") == 204
    log.next()


def test_points_are_no_metadata(log):
    assert log.call("POST", "/v1/collections", {"name": "plain", "dimension": 2, "metric": "cosine"}) == 201
    log.next()
    assert log.call("PUT", "/v1/collections/plain/points", {"points": [{"id": 1, "vector": [1, 0]}]}) == 200
    assert log.call("POST", "/v1/collections/plain/points/search", {"vector": [1, 0]}) == 200
    assert log.call("DELETE", "/v1/collections/plain") == 204
    expect(log.next(), operation="drop_collection", collection="plain")


def test_an_erased_tenant_leaves_a_line_for_all_that_goes(log):
    """The neighbour is erased: the job has nobody's credential, and says so."""
    for name in ["one", "two"]:
        assert log.call("POST", "/v1/collections", {"name": name, "dimension": 2, "metric": "cosine"}, key=KEY) == 201
        expect(log.next(), who="key neighbour", tenant="Default", collection=name)
    assert log.call("POST", "/v1/aliases", {"actions": [{"create": {"alias": "uno", "collection": "one"}}]}, key=KEY) in (200, 204)
    expect(log.next(), who="key neighbour", tenant="Default", operation="change_aliases")
    assert log.call("DELETE", "/v1/tenants/Default", key=KEY) == 202
    asked, gone = None, {}
    while not asked or len(gone) < 3:
        line = log.next()
        if line["operation"] == "erase_tenant":
            asked = line
        elif line["operation"] != "cancel_job":  # of an index that was not built yet
            gone[line["operation"], line.get("collection")] = line
    expect(asked, who="key neighbour", tenant="Default", outcome="ok", status=202)
    assert asked["detail"].startswith("Default, by job ")
    assert gone.keys() == {("clean_aliases", None), ("drop_collection", "one"), ("drop_collection", "two")}
    for line in gone.values():
        expect(line, who="gateway", tenant="Default", after=0, outcome="ok")
        assert line["before"] > 0 and "request_id" not in line


def test_what_is_adopted_and_forgotten_is_told(tmp_path, embedded):
    """A collection that somebody made, and later deleted, behind the gateway's back."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url, "VECGATE_LOG_LEVEL": "error"}
    behind = Audited(embedded)
    with Gateway(tmp_path, env) as gate:
        log = Audited(gate)
        assert behind.call("PUT", "/collections/foundling", {"vectors": {"size": 2, "distance": "Dot"}}) == 200
        assert log.call("GET", "/collections/foundling", **{"x-request-id": "00000000000000ff"}) == 200
        expect(log.next(), who="gateway", tenant="default", operation="adopt_collection", collection="foundling", before=0,
               outcome="ok", request_id="00000000000000ff")
        assert behind.call("DELETE", "/collections/foundling") == 200
        assert log.call("GET", "/collections/foundling") == 404
        expect(log.next(), who="gateway", operation="forget_collection", collection="foundling", after=0, outcome="ok")


def test_what_nobody_knew_of_is_erased_with_a_line(tmp_path):
    """A collection that a gateway never met, on a backend of its own."""
    with Gateway(tmp_path / "behind") as backend:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": backend.url, "VECGATE_LOG_LEVEL": "error"}
        assert Audited(backend).call("PUT", "/collections/stray", {"vectors": {"size": 2, "distance": "Dot"}}) == 200
        with Gateway(tmp_path / "front", env) as gate:
            log = Audited(gate)
            assert log.call("DELETE", "/v1/tenants/default") == 202
            lines = {}
            while not {"drop_collection", "erase_tenant"} <= lines.keys():
                line = log.next()
                lines[line["operation"]] = line
            expect(lines["drop_collection"], who="gateway", tenant="default", collection="stray", before=0, after=0, outcome="ok")
            expect(lines["erase_tenant"], who="-", outcome="ok")


def test_of_many_actions_a_line_says_how_many(tmp_path):
    def change(prefix, count):
        names = [f"{prefix}{i:03}" for i in range(count)]
        assert log.call("POST", "/v1/aliases", {"actions": [{"create": {"alias": name, "collection": "many"}} for name in names]}) in (200, 204)
        return ", ".join(f"create {name} -> many" for name in names)

    with serving(tmp_path, {}) as log:
        assert log.call("POST", "/v1/collections", {"name": "many", "dimension": 2, "metric": "cosine"}) == 201
        log.next()
        told = change("a", 40)
        expect(log.next(), detail=told, outcome="ok")
        told = change("b", 300)
        line = log.next()
        expect(line, outcome="ok", before=1, after=2)
        assert line["detail"].endswith("…") and f"300 actions: {told}".startswith(line["detail"][:-1])


def test_no_request_passes_for_the_gateways_own(tmp_path):
    """Whatever it says that its id is."""
    with serving(tmp_path, {}) as log:
        for name in ("0" * 16, "00000000-0000-0000-0000-000000000000"):
            assert log.call("POST", "/v1/collections", {"name": "a", "dimension": 2, "metric": "cosine"}, **{"x-request-id": name}) == 201
            expect(log.next(), who="key tested", operation="create_collection", request_id=name)
            assert log.call("DELETE", "/v1/collections/a", **{"x-request-id": name}) == 204
            expect(log.next(), who="key tested", operation="drop_collection", request_id=name)
    assert len(log.lines()) == 4


def test_it_is_an_option(tmp_path):
    with serving(tmp_path, {}, **{"log.audit": "off"}) as log:
        assert log.call("POST", "/v1/collections", {"name": "a", "dimension": 2, "metric": "cosine"}) == 201
    assert log.lines() == []
