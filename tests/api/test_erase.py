"""Erasing a tenant: of two with the same names one goes, whole, and the other stays; the receipt tells how much it was."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from gateway import Gateway
from native import Native, segment
from postgres import Postgres

KEYS = {"acme": "the-key-of-acme-itself", "writer": "the-writing-key-of-acme", "other": "the-key-of-the-other", "operator": "the-key-of-operators"}
CREDENTIALS = json.dumps([
    {"name": "acme", "key": KEYS["acme"], "rights": "manage", "tenant": "acme"},
    {"name": "writer", "key": KEYS["writer"], "rights": "write", "tenant": "acme"},
    {"name": "other", "key": KEYS["other"], "rights": "manage", "tenant": "ac/me"},
    {"name": "operator", "key": KEYS["operator"], "rights": "manage", "may_choose_tenant": True},
])
PATIENCE = 60
POINTS = {"words": 5, "w\u00f6rter %2F 'x'": 3}


def wait_until(good):
    end = time.monotonic() + PATIENCE
    while not good():
        assert time.monotonic() < end
        time.sleep(0.02)


class Tenant(Native):
    def __init__(self, gate, key):
        super().__init__(gate)
        self.key = key

    def call(self, method, path, body=None, headers=None):
        return super().call(method, path, body, {"api-key": KEYS[self.key]} | (headers or {}))

    def furnish(self):
        for name, points in POINTS.items():
            self.good("POST", "/v1/collections", {"name": name, "dimension": 2, "metric": "Dot"}, status=201)
            self.put(name, points)
        self.good("POST", "/v1/aliases", {"actions": [{"create": {"alias": "alias", "collection": "words"}}]}, status=204)

    def put(self, name, count):
        points = [{"id": i, "vector": [i, 1], "payload": {"of": self.key}} for i in range(1, count + 1)]
        self.good("PUT", f"/v1/collections/{segment(name)}/points", {"points": points})

    def count(self, name):
        answer = self.call("POST", f"/v1/collections/{segment(name)}/points/count", {"exact": True})
        return answer.json["count"] if answer.status == 200 else None

    def names(self):
        return [found["name"] for found in self.good("GET", "/v1/collections")["collections"]]

    def erase(self, tenant):
        return self.good("DELETE", f"/v1/tenants/{segment(tenant)}", status=202)

    def receipt(self, id):
        wait_until(lambda: self.good("GET", f"/v1/jobs/{id}")["state"] == "done")
        return self.good("GET", f"/v1/jobs/{id}")["receipt"]


def whole(tenant):
    return {"tenant": tenant, "collections": len(POINTS), "points": sum(POINTS.values()), "aliases": 1, "remaining": []}


def told(receipt):
    return {name: value for name, value in receipt.items() if name not in ("jobs", "rows")}


@contextlib.contextmanager
def server_of(backend, folder):
    if backend == "embedded":
        yield {}
        return
    if backend in ("filter", "collection"):
        with Gateway(folder / "upstream") as upstream:
            yield {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": upstream.url, "VECGATE_VECTOR_QDRANT_ISOLATION": backend}
        return
    with Postgres() as server:
        env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url()}
        if backend == "rls":
            text = "CREATE EXTENSION vector; CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT CREATE ON DATABASE postgres TO plain"
            subprocess.run([server.bin / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", text, server.url()], check=True, stdout=subprocess.DEVNULL)
            env["PGVECTOR_URL"] = server.url(user="plain", password="plain")
            env["VECGATE_VECTOR_PGVECTOR_ISOLATION"] = "rls"
        yield env


@pytest.fixture(scope="module", params=["embedded", "schema", "rls", "filter", "collection"])
def gate(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("erase")
    with server_of(request.param, folder) as env:
        env = env | {"VECGATE_CREDENTIALS_KEYS": CREDENTIALS}
        with Gateway(folder / "gate", env) as gate:
            yield gate


@pytest.fixture
def acme(gate):
    return Tenant(gate, "acme")


@pytest.fixture
def other(gate):
    """The same names, and a tenant's name that looks like a path of the first one's."""
    other = Tenant(gate, "other")
    if not other.names():
        other.furnish()
    return other


def rows_of(gate, tenant):
    with contextlib.closing(sqlite3.connect(f"file:{gate.data}/catalog.db?mode=ro", uri=True)) as store:
        return store.execute("SELECT name FROM rows WHERE tenant = ?", (tenant,)).fetchall()


def test_one_goes_and_the_other_stays(gate, acme, other):
    acme.furnish()
    job = acme.erase("acme")
    assert job["kind"] == "erase" and job["tenant"] == "acme" and "receipt" not in job
    assert told(acme.receipt(job["id"])) == whole("acme")
    assert acme.names() == []
    assert acme.count("words") is None and acme.count("alias") is None
    assert rows_of(gate, "acme") == []
    assert sorted(other.names()) == sorted(POINTS)
    assert {name: other.count(name) for name in POINTS} == POINTS
    assert other.count("alias") == POINTS["words"]


def test_it_begins_anew(acme):
    acme.furnish()
    assert {name: acme.count(name) for name in POINTS} == POINTS
    acme.receipt(acme.erase("acme")["id"])
    acme.good("POST", "/v1/collections", {"name": "words", "dimension": 3, "metric": "Dot"}, status=201)
    assert acme.count("words") == 0
    receipt = told(acme.receipt(acme.erase("acme")["id"]))
    assert receipt == {"tenant": "acme", "collections": 1, "points": 0, "aliases": 0, "remaining": []}


def test_a_tenant_that_nobody_knows_is_erased(gate):
    operator = Tenant(gate, "operator")
    receipt = operator.receipt(operator.erase("nobody %2F \u00e4")["id"])
    assert told(receipt) == {"tenant": "nobody %2F \u00e4", "collections": 0, "points": 0, "aliases": 0, "remaining": []}


def test_nobody_erases_another(gate, acme, other):
    problem = acme.call("DELETE", f"/v1/tenants/{segment('ac/me')}")
    assert problem.status == 403 and problem.json["type"] == "urn:vecgate:problem:forbidden", problem
    assert Tenant(gate, "writer").call("DELETE", "/v1/tenants/acme").status == 403
    assert acme.call("DELETE", "/v1/tenants/default").status == 403
    assert Native(gate).call("DELETE", "/v1/tenants/acme").status == 401
    for nonsense in ("/", "a\n", "x" * 129):
        assert Tenant(gate, "operator").call("DELETE", f"/v1/tenants/{segment(nonsense)}").status in (400, 404, 422)
    assert {name: other.count(name) for name in POINTS} == POINTS


def test_the_receipt_is_for_the_tenant_and_operators(gate, acme, other):
    job = acme.erase("acme")
    receipt = acme.receipt(job["id"])
    assert other.call("GET", f"/v1/jobs/{job['id']}").status == 404
    assert job["id"] not in [found["id"] for found in other.good("GET", "/v1/jobs")["jobs"]]
    operator = Tenant(gate, "operator")
    assert operator.good("GET", f"/v1/jobs/{job['id']}")["receipt"] == receipt
    listed = operator.call("GET", "/v1/jobs?kind=erase", headers={"x-vecgate-tenant": "acme"})
    assert job["id"] in [found["id"] for found in listed.json["jobs"]]
    refused = acme.call("DELETE", f"/v1/jobs/{job['id']}")
    assert refused.status == 409, refused


def test_an_operator_erases_any(gate, acme):
    acme.furnish()
    operator = Tenant(gate, "operator")
    assert told(operator.receipt(operator.erase("acme")["id"])) == whole("acme")
    assert acme.names() == []


@pytest.mark.parametrize("backend", ["embedded", "schema", "filter"])
def test_killed_in_the_middle_it_ends_and_counts_once(tmp_path, backend):
    """Twenty collections, so that the end of the process meets it at work."""
    with server_of(backend, tmp_path) as env, Gateway(tmp_path / "gate", env | {"VECGATE_CREDENTIALS_KEYS": CREDENTIALS}) as gate:
        acme, other = Tenant(gate, "acme"), Tenant(gate, "other")
        other.furnish()
        for i in range(20):
            acme.good("POST", "/v1/collections", {"name": f"c{i}", "dimension": 2, "metric": "Dot"}, status=201)
            acme.put(f"c{i}", i + 1)
        id = acme.erase("acme")["id"]
        for _ in range(3):
            before = len(rows_of(gate, "acme"))
            wait_until(lambda: len(rows_of(gate, "acme")) < before or before == 0)
            os.kill(gate.process.pid, signal.SIGKILL)
            gate.kill()
            gate.start()
        receipt = acme.receipt(id)
        assert told(receipt) == {"tenant": "acme", "collections": 20, "points": 210, "aliases": 0, "remaining": []}
        assert acme.names() == [] and rows_of(gate, "acme") == []
        assert {name: other.count(name) for name in POINTS} == POINTS
