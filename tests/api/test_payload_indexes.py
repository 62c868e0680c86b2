"""Payload indexes on PostgreSQL: declared at once, built as a job, waited for by whoever asks for that."""
import pathlib
import sys
import time

import pytest

from native import Native

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += map(str, (ROOT / "build/test-env/postgres/lib").glob("python3*/site-packages"))  # behind all others
PATIENCE = 60
FIELDS = {"n": "float", "t": "datetime", "at": "geo", "text": "text", "k": "keyword"}


@pytest.fixture
def api(before_pgvector):
    return Native(before_pgvector)


@pytest.fixture
def database(before_pgvector):
    import psycopg
    with psycopg.connect(before_pgvector.env["PGVECTOR_URL"]) as session:
        yield session


@pytest.fixture
def name(api, fresh_name):
    name = fresh_name[:60]
    api.good("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})
    api.good("PUT", f"/collections/{name}/points?wait=true",
             {"points": [{"id": n, "vector": [n, 1], "payload": {"n": n, "k": f"k{n % 7}"}} for n in range(200)]})
    yield name
    api.good("DELETE", f"/collections/{name}")


def declare(api, name, field, kind, query="?wait=true"):
    return api.good("PUT", f"/collections/{name}/index{query}", {"field_name": field, "field_schema": kind})["result"]["status"]


def describe(api, name):
    return api.good("GET", f"/collections/{name}")["result"]


def methods(database, name):
    """Of the indexes of that collection's table that can be used, but for those that every one has."""
    rows = database.execute("SELECT a.amname FROM pg_index x JOIN pg_class i ON i.oid=x.indexrelid JOIN pg_am a ON a.oid=i.relam "
                            "JOIN pg_class c ON c.oid=x.indrelid WHERE c.relname=%s AND x.indisvalid AND NOT x.indisprimary "
                            "AND a.amname<>'hnsw'", [f"c_{name}"]).fetchall()
    database.rollback()
    return sorted(method for method, in rows)


def count(api, name):
    body = {"exact": True, "filter": {"must": [{"key": "n", "range": {"gte": 10, "lt": 15}}]}}
    return api.good("POST", f"/collections/{name}/points/count", body)["result"]["count"]


def wait_until_green(api, name):
    until = time.monotonic() + PATIENCE
    while describe(api, name)["status"] != "green":
        assert time.monotonic() < until, api.good("GET", f"/v1/jobs?collection={name}")
        time.sleep(0.05)


def test_what_is_waited_for_is_there(api, database, name):
    for field, kind in FIELDS.items():
        assert declare(api, name, field, kind) == "completed"
    assert methods(database, name) == ["btree", "btree", "gin", "gin", "gist"]
    told = describe(api, name)
    assert told["status"] == "green"
    assert {field: one["data_type"] for field, one in told["payload_schema"].items()} == FIELDS
    assert told["payload_schema"]["n"]["points"] == 200
    for field in FIELDS:
        assert api.good("DELETE", f"/collections/{name}/index/{field}?wait=true")["result"]["status"] == "completed"
    assert methods(database, name) == [] and describe(api, name)["payload_schema"] == {}


def test_a_build_that_takes_long_goes_on_behind_the_answer(api, database, name):
    database.execute(f'LOCK TABLE vg_default."c_{name}" IN ROW EXCLUSIVE MODE')  # an index waits for those who write
    assert declare(api, name, "n", "float", "?wait=true&timeout=5") == "acknowledged"
    assert declare(api, name, "k", "keyword", "?wait=false") == "acknowledged"
    told = describe(api, name)
    assert told["status"] == "yellow" and set(told["payload_schema"]) == {"n", "k"}
    assert "of field `" in api.good("GET", f"/v1/collections/{name}")["trouble"]
    assert count(api, name) == 5
    database.rollback()
    wait_until_green(api, name)
    assert methods(database, name) == ["btree", "gin"]
    assert count(api, name) == 5
