"""Speaks both APIs of one gateway in plain HTTP, and knows what its backend says it can do."""
import contextlib
import http.client
import json

import neighbour

SECONDS = 60  # a sanitizer build on a busy machine
LACKS = ": this backend "  # behind a capability that it has not


class Refused(AssertionError):
    """An answer other than the one that was asked for."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer}")
        self.answer = answer


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def said(self):
        """The sentence of a refusal, in either API's form."""
        with contextlib.suppress(ValueError):
            answer = self.json
            return answer["detail"] if "detail" in answer else answer["status"]["error"]
        return self.body.decode(errors="replace")

    def __repr__(self):
        return f"{self.status} {self.body[:2000]!r}"


class Api:
    """One connection to one gateway. Paths are as they go over the wire. Where the gateway has a neighbour, it does
    the like before each request, no answer has anything of it, and closing asserts that it has lost nothing."""

    def __init__(self, gate, key=None):
        self.gate = gate
        self.neighbour = neighbour.of(gate)
        self.key = neighbour.TESTED if self.neighbour else key
        self.host = http.client.HTTPConnection(gate.address, timeout=SECONDS)
        self.row = self.good("GET", "/v1/backends")["backends"][0]
        self.can = self.row["capabilities"]
        # Collections that share an object of the backend: pages come in its order, settings stay (docs/backends/qdrant.md)
        self.shares = gate.env.get("VECGATE_VECTOR_QDRANT_ISOLATION") == "filter"

    def close(self):
        self.host.close()
        if self.neighbour:
            self.neighbour.settle()

    def call(self, method, path, body=None):
        """`body`: what becomes JSON, or a text as it is."""
        if self.neighbour:
            self.neighbour.precede(method, path, body)
        answer = Answer(*neighbour.speak(self.host, self.key, method, path, body))
        if self.neighbour:
            self.neighbour.follow(method, path, body)
            neighbour.look_for(answer.body, f"{method} {path} {body}"[:2000])
        return answer

    def good(self, method, path, body=None, status=200):
        """The native answer's JSON, or the `result` of Qdrant's envelope."""
        answer = self.call(method, path, body)
        if answer.status != status:
            raise Refused(f"{method} {path} {body}", answer)
        if path.startswith("/v1/"):
            return answer.json if answer.body else None
        assert answer.json["status"] == "ok", answer
        return answer.json["result"]

    def wrong(self, method, path, body, status, said):
        """Refused with that status and just that sentence."""
        answer = self.call(method, path, body)
        assert (answer.status, answer.said) == (status, said), answer
        return answer

    @contextlib.contextmanager
    def needs(self, *capabilities):
        """What is inside needs these. A backend that lacks one refuses the first request that asks for it, by
        name; nothing is passed over."""
        lacks = [word for word in capabilities if not self._has(word)]
        if not lacks:
            yield
            return
        try:
            yield
        except Refused as refused:
            answer = refused.answer
            assert answer.status in (400, 422), answer
            assert any(f"{word}{LACKS}" in answer.said for word in lacks), (lacks, answer)
            return
        raise AssertionError(f"{self.row['name']} lacks {lacks} and did it all the same")

    def _has(self, word):
        return self.can[word] if word in self.can else word in self.can["distance_metrics"]


class Collection:
    """One collection, over Qdrant's REST API: short words for its requests."""

    def __init__(self, api, name):
        self.api, self.name = api, name
        self.path = f"/collections/{name}"
        self.points = f"{self.path}/points"

    def make(self, **body):
        assert self.api.good("PUT", self.path, body) is True
        return self

    def write(self, method, path, body, wait="true"):
        result = self.api.good(method, f"{self.points}{path}?wait={wait}", body)
        assert result["status"] == ("completed" if wait == "true" else "acknowledged"), result
        return result

    def put(self, *points):
        return self.write("PUT", "", {"points": list(points)})

    def index(self, key, schema):
        result = self.api.good("PUT", f"{self.path}/index?wait=true", {"field_name": key, "field_schema": schema})
        assert result["status"] == "completed", result

    def post(self, path, **body):
        return self.api.good("POST", f"{self.points}{path}", body)

    def query(self, query, **body):
        return self.post("/query", query=query, **body)["points"]

    def get(self, *ids, **body):
        return self.post("", ids=list(ids), **body)

    def payload(self, point):
        return self.api.good("GET", f"{self.points}/{point}")["payload"]

    def ids(self, **body):
        """By scroll, in its order; or where that is nobody's, in the order of ids."""
        found = [p["id"] for p in self.post("/scroll", with_payload=False, **body)["points"]]
        return in_order(found) if self.api.shares and "order_by" not in body else found

    def count(self, **body):
        return self.post("/count", **body)["count"]


def in_order(found):
    return sorted(found, key=lambda id: (isinstance(id, str), id))


def ids(points):
    return [p["id"] for p in points]


def scores(points):
    """Ids and scores; seven decimal places are what a float of 32 bits has."""
    return [(p["id"], round(p["score"], 5)) for p in points]
