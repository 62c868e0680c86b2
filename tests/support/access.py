"""Keys and tokens of all kinds, whoever asks with one, and what is answered to whoever may not."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import time

from native import PROBLEM, Answer

SECONDS = 60
SECRET = "the secret that signs all tokens here"
KEYS = {
    "full": "the-key-that-may-do-all",
    "read": "the-key-that-may-read",
    "write": "the-key-that-may-write",
    "list-manage": "the-key-that-manages-ghost",
    "list-write": "the-key-that-writes-ghost",
    "list-read": "the-key-that-reads-ghost",
    "tenant": "the-key-of-another-tenant",
}
GHOST = "ghost"  # what lists name, and what is not there


def encoded(what):
    text = what if isinstance(what, bytes) else json.dumps(what).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def token(secret=SECRET, **claims):
    head = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
    return f"{head}.{encoded(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def of_ghost(access, **more):
    return token(access=[{"collection": GHOST, "access": access} | more])


MINE = {"payload": {"owner": "alice"}}

# What is sent as a key, in one header or the other. Behind it which column of test_access.py's NEEDS it is.
CREDENTIALS = {
    "key: full": (KEYS["full"], "full"),
    "key: read-only": (KEYS["read"], "read"),
    "key: write": (KEYS["write"], "write"),
    "key: manages ghost": (KEYS["list-manage"], "l-m"),
    "key: writes ghost": (KEYS["list-write"], "l-rw"),
    "key: reads ghost": (KEYS["list-read"], "l-r"),
    "key: of another tenant": (KEYS["tenant"], "tenant"),
    "token: without access": (token(sub="alice"), "full"),
    "token: m": (token(access="m"), "full"),
    "token: r": (token(access="r", exp=int(time.time()) + 3600), "read"),
    "token: ghost r": (of_ghost("r"), "l-r"),
    "token: ghost prw": (of_ghost("prw"), "l-prw"),
    "token: ghost rw": (of_ghost("rw"), "l-rw"),
    "token: ghost r, mine": (of_ghost("r", **MINE), "p-r"),
    "token: ghost prw, mine": (of_ghost("prw", **MINE), "p-prw"),
    "token: ghost rw, mine": (of_ghost("rw", **MINE), "p-rw"),
    "token: nothing": (token(access=[]), "none"),
}

TEXTS = {
    "G": "Global access is required",
    "M": "Global manage access is required",
    "A": f"Access to collection {GHOST} is required",
    "W": f"Write access to collection {GHOST} is required",
    "P": f"Only points access is allowed for collection {GHOST}",
    "R": f'This operation is not allowed when "payload" restriction is present for collection {GHOST}',
}


class Client:
    """One credential, before one gateway."""

    def __init__(self, gate, headers=None):
        self.gate, self.headers = gate, headers or {}

    @classmethod
    def keyed(cls, gate, key):
        return cls(gate, {"api-key": key})

    def call(self, method, path, body=None):
        headers = dict(self.headers)
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["content-type"] = "application/json"
        with contextlib.closing(http.client.HTTPConnection(self.gate.address, timeout=SECONDS)) as host:
            host.request(method, path, body, headers)
            answer = host.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def good(self, method, path, body=None):
        answer = self.call(method, path, body)
        assert answer.status in (200, 201), answer
        return answer.json.get("result", answer.json)


def environment(has_tenants=False, **more):
    keys = [
        {"name": "writer", "key": KEYS["write"], "rights": "write"},
        {"name": "ghost manager", "key": KEYS["list-manage"], "rights": "manage", "collections": [GHOST]},
        {"name": "ghost writer", "key": KEYS["list-write"], "rights": "write", "collections": [GHOST]},
        {"name": "ghost reader", "key": KEYS["list-read"], "rights": "read", "collections": [GHOST]},
    ]
    others = [{"name": "other", "key": KEYS["tenant"], "rights": "manage", "tenant": "other"}]
    return {
        "VECGATE_CREDENTIALS_API_KEY": KEYS["full"],
        "VECGATE_CREDENTIALS_READ_ONLY_KEY": KEYS["read"],
        "VECGATE_CREDENTIALS_KEYS": json.dumps(keys + others * has_tenants),
        "VECGATE_JWT_SECRET": SECRET,
    } | more


def is_native(path):
    return path.startswith("/v1") or path == "/openapi.yaml"


def expect_stranger(answer, path, text, status=401):
    assert answer.status == status, answer
    if is_native(path):
        assert answer.headers["content-type"] == PROBLEM, answer.headers
        assert text in answer.json["detail"], answer
        assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)
    else:
        assert answer.headers["content-type"].startswith("text/plain"), answer.headers
        assert text in answer.body.decode(), answer
        assert status != 401 or answer.body.decode() == text, answer


def expect_denied(answer, path, text):
    assert answer.status == 403, answer
    if is_native(path):
        assert answer.headers["content-type"] == PROBLEM and answer.json["detail"] == text, answer
    else:
        assert answer.json["status"]["error"] == f"Forbidden: {text}" and "result" not in answer.json, answer
