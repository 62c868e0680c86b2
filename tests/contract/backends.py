"""The backends that the contract is held against: one row each. A row starts what is behind a vecgate, and
says by which environment a vecgate is put before it. What the backend can do it says itself, at
GET /v1/backends.
"""
import contextlib
import os

from gateway import Gateway


@contextlib.contextmanager
def nothing(folder):
    """The engine inside vecgate needs nobody."""
    yield {"VECTOR_BACKEND": "embedded"}


@contextlib.contextmanager
def vecgate_as_qdrant(folder):
    """Qdrant's API, spoken by a vecgate of its own."""
    with Gateway(folder) as upstream:
        yield {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": upstream.url}


@contextlib.contextmanager
def real_qdrant(folder):
    """The Qdrant that $QDRANT_URL names."""
    yield {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": os.environ["QDRANT_URL"]}


# name: who starts it; the folder it is given is its own
BACKENDS = {
    "embedded": nothing,
    "qdrant": vecgate_as_qdrant,
}
if os.environ.get("QDRANT_URL"):
    BACKENDS["real-qdrant"] = real_qdrant
