"""Fixtures for tests that talk to a running vecgate.

Each starts its thing once per run (once per worker under `-n`), on a free port, in a temporary folder,
and asserts at the end that it stopped cleanly. Tests share them and keep apart by fresh names.
"""
import itertools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gateway import Gateway  # noqa: E402
from postgres import Postgres  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory):
    """A vecgate on its own embedded store."""
    with Gateway(tmp_path_factory.mktemp("embedded")) as gate:
        yield gate


@pytest.fixture(scope="session")
def before_vecgate(tmp_path_factory, embedded):
    """A vecgate whose backend is Qdrant's API, spoken by a second vecgate; only the environment says so."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    with Gateway(tmp_path_factory.mktemp("before-vecgate"), env) as gate:
        yield gate


@pytest.fixture(scope="session")
def before_pgvector(tmp_path_factory):
    """A vecgate before a PostgreSQL of its own; its folder has the metadata."""
    with Postgres() as server:
        env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url()}
        with Gateway(tmp_path_factory.mktemp("before-pgvector"), env) as gate:
            yield gate


@pytest.fixture(scope="session")
def before_qdrant(tmp_path_factory):
    """A vecgate before the real Qdrant that $QDRANT_URL names."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": os.environ["QDRANT_URL"]}
    with Gateway(tmp_path_factory.mktemp("before-qdrant"), env) as gate:
        yield gate


BACKENDS = ["embedded", "before_vecgate", "before_pgvector"] + (["before_qdrant"] if os.environ.get("QDRANT_URL") else [])


@pytest.fixture(params=BACKENDS)
def gateway(request):
    """A vecgate on each backend there is, in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def fresh_name(request):
    """A collection name that no other test, worker or run uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{request.node.originalname.replace('_', '-')}-{worker}-{os.getpid()}-{next(numbers)}"
