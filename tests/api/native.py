"""Speaks the native API, and nothing but it: a request, a status, headers, a body."""
import contextlib
import http.client
import json
import urllib.parse

import neighbour

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
    """Calls one gateway. Paths are as they go over the wire. A neighbour of the tenant under test, where there is one,
    does the like before, and is not seen in any answer."""

    def __init__(self, gate):
        self.gate = gate
        self.neighbour = neighbour.of(gate)

    def call(self, method, path, body=None, headers=None):
        """`body`: what becomes JSON, or bytes as they are."""
        if self.neighbour is None:
            return self.send(method, path, body, headers)
        self.neighbour.precede(method, path, body)
        answer = self.send(method, path, body, {"api-key": neighbour.TESTED} | (headers or {}))
        self.neighbour.follow(method, path, body)
        neighbour.look_for(answer.body, f"{method} {path} {body}"[:2000])
        return answer

    def send(self, method, path, body, headers):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("content-type", "application/json")
        with contextlib.closing(http.client.HTTPConnection(self.gate.address, timeout=SECONDS)) as host:
            host.request(method, path, body, headers)
            answer = host.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def settle(self):
        """At a test's end: the neighbour has lost nothing."""
        if self.neighbour:
            self.neighbour.settle()

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
