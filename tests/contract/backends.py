"""The backends that the contract is held against: one row each. A row starts what is behind a vecgate, and
yields a function that answers by which environment one more vecgate is put before it: before a place of its
own where the backend has such, which is there again when that vecgate is. What the backend can do it says
itself, at GET /v1/backends.
"""
import contextlib
import functools
import itertools
import os

from gateway import Gateway
from postgres import Postgres


class Servers:
    """What several rows use; each is started when it is first asked for."""

    def __enter__(self):
        self.started = contextlib.ExitStack()
        self.numbers = itertools.count(1)
        return self

    def __exit__(self, *_):
        self.started.close()

    @functools.cached_property
    def postgres(self):
        """With a role that row-level security holds for."""
        server = self.started.enter_context(Postgres())
        server.psql("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        return server

    def make_database(self):
        database = f"vecgate_{next(self.numbers)}"
        self.postgres.psql(f"CREATE DATABASE {database}")
        return database


@contextlib.contextmanager
def nothing(folder, servers):
    """The engine inside vecgate needs nobody."""
    yield lambda: {"VECTOR_BACKEND": "embedded"}


@contextlib.contextmanager
def vecgate_as_qdrant(folder, servers):
    """Qdrant's API, spoken by a vecgate of its own."""
    with Gateway(folder) as upstream:
        yield lambda: {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": upstream.url}


@contextlib.contextmanager
def carried_by_curl(folder, servers):
    """The same, asked by way of libcurl instead of our own sockets."""
    with vecgate_as_qdrant(folder, servers) as place:
        yield lambda: place() | {"VECGATE_VECTOR_QDRANT_HTTP_CARRIER": "curl"}


def by_isolation(start, isolation):
    """The same, for a tenant who is not the only one."""

    @contextlib.contextmanager
    def row(folder, servers):
        with start(folder, servers) as place:
            yield lambda: place() | {"VECGATE_VECTOR_QDRANT_ISOLATION": isolation, "VECGATE_TENANTS": "many"}

    return row


@contextlib.contextmanager
def real_qdrant(folder, servers):
    """The Qdrant that $QDRANT_URL names."""
    yield lambda: {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": os.environ["QDRANT_URL"]}


@contextlib.contextmanager
def pgvector(folder, servers):
    """PostgreSQL with the extension: a database for each vecgate, whose tenants have schemas of their own."""

    def place():
        return {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": servers.postgres.url(servers.make_database())}

    yield place


@contextlib.contextmanager
def pgvector_by_rows(folder, servers):
    """The same with tables that tenants share."""

    def place():
        database = servers.make_database()
        servers.postgres.psql("CREATE EXTENSION vector", database)
        servers.postgres.psql(f"GRANT CREATE ON DATABASE {database} TO plain")
        return {
            "VECTOR_BACKEND": "pgvector",
            "PGVECTOR_URL": servers.postgres.url(database, user="plain", password="plain"),
            "VECGATE_VECTOR_PGVECTOR_ISOLATION": "rls",
        }

    yield place


# name: who starts it; the folder that it is given is its own, what `servers` starts is everybody's
BACKENDS = {
    "embedded": nothing,
    "qdrant": vecgate_as_qdrant,
    "qdrant-curl": carried_by_curl,
    "qdrant-filter": by_isolation(vecgate_as_qdrant, "filter"),
    "qdrant-collection": by_isolation(vecgate_as_qdrant, "collection"),
    "pgvector": pgvector,
    "pgvector-rls": pgvector_by_rows,
}
if os.environ.get("QDRANT_URL"):
    BACKENDS["real-qdrant"] = real_qdrant
# Here the tenant under test is the only one, and has Qdrant's collections and ids as they are. With a second tenant it
# would have them as in the two rows below it.
ALONE = ("qdrant", "qdrant-curl", "real-qdrant")
