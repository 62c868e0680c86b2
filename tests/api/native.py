"""Speaks the native API, and nothing but it: a request, a status, headers, a body."""
import contextlib
import http.client
import json
import urllib.parse

SECONDS = 60  # a sanitizer build on a busy machine
PROBLEM = "application/problem+json"


def segment(text):
    return urllib.parse.quote(str(text), safe="")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"


class Native:
    """Calls one gateway. Paths are as they go over the wire."""

    def __init__(self, gate):
        self.gate = gate

    def call(self, method, path, body=None, headers=None):
        """`body`: what becomes JSON, or bytes as they are."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("content-type", "application/json")
        with contextlib.closing(http.client.HTTPConnection(self.gate.address, timeout=SECONDS)) as host:
            host.request(method, path, body, headers)
            answer = host.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def good(self, method, path, body=None, status=200):
        """The answer's JSON; anything but `status` fails."""
        answer = self.call(method, path, body)
        assert answer.status == status, answer
        assert not answer.body or answer.headers["content-type"] == "application/json", answer.headers
        return answer.json if answer.body else None

    def wrong(self, method, path, body=None, status=400, **expected):
        """A problem with that status; `expected` are its members. Answers the whole of it."""
        answer = self.call(method, path, body)
        assert answer.status == status, answer
        assert answer.headers["content-type"] == PROBLEM, answer.headers
        problem = answer.json
        assert problem["status"] == status and problem["title"], problem
        assert problem["type"].startswith("urn:vecgate:problem:"), problem
        assert {k: problem.get(k) for k in expected} == expected, problem
        return problem

    def create(self, name, dimension=4, metric="dot", **more):
        """Answers its path. With `vectors` there is no dimension."""
        shape = {} if "vectors" in more else {"dimension": dimension, "metric": metric}
        self.good("POST", "/v1/collections", {"name": name} | shape | more, 201)
        return f"/v1/collections/{segment(name)}"
