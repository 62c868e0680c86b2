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
import neighbour  # noqa: E402
from access import CREDENTIALS, KEYS, SECRET, environment  # noqa: E402
from certs import Authority  # noqa: E402
from gateway import Gateway  # noqa: E402
from native import Native  # noqa: E402
from postgres import Postgres  # noqa: E402
from secured import HERE, trusting  # noqa: E402

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
def two_tenants(tmp_path_factory):
    """On its own embedded store, with keys for two."""
    with Gateway(tmp_path_factory.mktemp("two-tenants"), neighbour.ENV) as gate:
        yield gate


@pytest.fixture(scope="session")
def two_before_pgvector(tmp_path_factory):
    """Before a PostgreSQL of its own, with keys for two."""
    with Postgres() as server:
        env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url()} | neighbour.ENV
        with Gateway(tmp_path_factory.mktemp("two-before-pgvector"), env) as gate:
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


# Where there can be a second tenant; what has Qdrant's names and ids as they are has one alone
TENANTS = {"embedded": "two_tenants", "before_pgvector": "two_before_pgvector"}


@pytest.fixture(params=BACKENDS)
def api(request):
    """Our API on each backend there is, beside a neighbour."""
    api = Native(request.getfixturevalue(TENANTS.get(request.param, request.param)))
    yield api
    api.settle()


@pytest.fixture
def fresh_name(request):
    """A collection name that no other test, worker or run uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{request.node.originalname.replace('_', '-')}-{worker}-{os.getpid()}-{next(numbers)}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def here(authority):
    return authority.issue("here", *HERE, kind="rsa")


@pytest.fixture(scope="module")
def secure(tmp_path_factory, authority, here):
    """A vecgate on its embedded store that serves HTTPS."""
    env = here.options() | {"VECGATE_LOG_LEVEL": "debug"}
    with Gateway(tmp_path_factory.mktemp("secure"), env, tls=trusting(authority)) as gate:
        yield gate


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("guarded"), environment(has_tenants=True)) as gate:
        yield gate
        log = gate.log(most=1 << 30)
        for secret in [SECRET, *KEYS.values(), *(sent for sent, _ in CREDENTIALS.values())]:
            assert secret not in log
