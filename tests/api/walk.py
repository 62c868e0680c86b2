"""What the programs for Qdrant's Python client share: steps in a row, and answers held against what is expected."""
import contextlib
import os
import sys
import uuid
import warnings

from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse


def name_of(program):
    """A collection of its own; or, of two that run as two tenants, the same for both: $VECGATE_COLLECTION."""
    return os.environ.get("VECGATE_COLLECTION", f"{program}-{uuid.uuid4().hex[:12]}")


def connect(url, timeout=30):
    """As the tenant whose key is in $VECGATE_API_KEY, if there is one."""
    warnings.filterwarnings("ignore", message=".* is incompatible with server version")
    warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
    return QdrantClient(url=url, timeout=timeout, api_key=os.environ.get("VECGATE_API_KEY"))


class Difference(Exception):
    """An answer is not what it should be."""


def expect(what, got, wanted):
    if got != wanted:
        raise Difference(f"{what}\n  got      {got!r}\n  expected {wanted!r}")


def expect_error(what, status, text, call, *arguments, **named):
    try:
        answer = call(*arguments, **named)
    except UnexpectedResponse as error:
        message = error.structured()["status"]["error"]
        if error.status_code == status and text in message:
            return
        raise Difference(f"{what}: expected {status} {text!r}, got {error.status_code} {message!r}") from None
    raise Difference(f"{what}: expected {status} {text!r}, was answered {answer!r}")


def walk(make, steps):
    """`make(client)`: what each step is given, with the names of its `collections`, of which none is left behind. A
    step's first line is printed when it is done. Answers the status to exit with: 1 after the first difference."""
    url = sys.argv[1] if sys.argv[1:] else os.environ.get("VECGATE_URL", "http://127.0.0.1:6333")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    client = connect(url)
    given = make(client)
    try:
        for step in steps:
            step(given)
            print(f"ok  {step.__doc__}", flush=True)
    except Difference as difference:
        print(f"DIFFERS  {step.__doc__}\n{difference}", file=sys.stderr)
        return 1
    finally:
        for name in given.collections:
            with contextlib.suppress(Exception):
                client.delete_collection(name)
    return 0
