"""The backends that the contract is held against: one row each. A row starts what is behind a vecgate, and
yields a function that answers by which environment one more vecgate is put before it: before a place of its
own where the backend has such, which is there again when that vecgate is. What the backend can do it says
itself, at GET /v1/backends.
"""
import contextlib
import itertools
import os

from gateway import Gateway
from postgres import Postgres


@contextlib.contextmanager
def nothing(folder):
    """The engine inside vecgate needs nobody."""
    yield lambda: {"VECTOR_BACKEND": "embedded"}


@contextlib.contextmanager
def vecgate_as_qdrant(folder):
    """Qdrant's API, spoken by a vecgate of its own."""
    with Gateway(folder) as upstream:
        yield lambda: {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": upstream.url}


@contextlib.contextmanager
def real_qdrant(folder):
    """The Qdrant that $QDRANT_URL names."""
    yield lambda: {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": os.environ["QDRANT_URL"]}


@contextlib.contextmanager
def databases():
    """PostgreSQL with the extension; answers its server, and a function that makes one more database."""
    numbers = itertools.count(1)

    def make():
        database = f"vecgate_{next(numbers)}"
        server.psql(f"CREATE DATABASE {database}")
        return database

    with Postgres() as server:
        yield server, make


@contextlib.contextmanager
def pgvector(folder):
    """A database for each vecgate, whose tenants have schemas of their own."""
    with databases() as (server, make):
        yield lambda: {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url(make())}


@contextlib.contextmanager
def pgvector_by_rows(folder):
    """The same with tables that tenants share, as a role that row-level security holds for."""

    def place():
        database = make()
        server.psql("CREATE EXTENSION vector", database)
        server.psql(f"GRANT CREATE ON DATABASE {database} TO plain")
        return {
            "VECTOR_BACKEND": "pgvector",
            "PGVECTOR_URL": server.url(database, user="plain", password="plain"),
            "VECGATE_VECTOR_PGVECTOR_ISOLATION": "rls",
        }

    with databases() as (server, make):
        server.psql("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        yield place


# name: who starts it; the folder it is given is its own
BACKENDS = {
    "embedded": nothing,
    "qdrant": vecgate_as_qdrant,
    "pgvector": pgvector,
    "pgvector-rls": pgvector_by_rows,
}
if os.environ.get("QDRANT_URL"):
    BACKENDS["real-qdrant"] = real_qdrant
