"""Fixtures of the contract: a gateway before each backend, and collections with fresh names."""
import itertools
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
# PostgreSQL's driver, after all others (tests/api/setup.sh)
sys.path += map(str, (HERE.parents[1] / "build/test-env/postgres/lib").glob("python3*/site-packages"))
import neighbour  # noqa: E402
from api import Api, Collection  # noqa: E402
from backends import ALONE, BACKENDS, Servers  # noqa: E402
from gateway import Gateway  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers():
    with Servers() as servers:
        yield servers


@pytest.fixture(scope="session", params=BACKENDS)
def behind(request, servers, tmp_path_factory):
    """Answers the environment that puts one more vecgate before one of the backends, each in turn, with a second
    tenant where there can be one."""
    tenants = {} if request.param in ALONE else neighbour.ENV
    with BACKENDS[request.param](tmp_path_factory.mktemp(f"behind-{request.param}"), servers) as place:
        yield lambda: place() | tenants


@pytest.fixture(scope="session")
def gateway(behind, tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("gateway"), behind()) as gate:
        yield gate


@pytest.fixture
def api(gateway):
    api = Api(gateway)
    yield api
    api.close()


@pytest.fixture
def fresh_name(request):
    """A collection name that no other test, worker or run uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{request.node.originalname.replace('_', '-')[:60]}-{worker}-{os.getpid()}-{next(numbers)}"


@pytest.fixture
def make(api, fresh_name):
    """Makes a collection, of two dimensions by dot product unless told otherwise; it is gone when the test is."""
    made = []

    def make_one(**body):
        collection = Collection(api, f"{fresh_name}-{len(made)}")
        made.append(collection)
        return collection.make(**({"vectors": {"size": 2, "distance": "Dot"}} | body))

    yield make_one
    for collection in made:
        api.call("DELETE", collection.path)
